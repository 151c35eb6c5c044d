import type { Fault } from './faults/fault.ts';
import type { Pace } from './plan-transmission.ts';
import type { RecordedRequest } from './recorded-request.ts';
import type { Scenario } from './scenario.ts';
import type { Strictness, WireExtras, WireName } from './wire.ts';

export interface SimulatorOptions {
  /** Default `127.0.0.1`. */
  readonly hostname?: string;
  /** Default 0: the system chooses. */
  readonly port?: number;
  /** Default `responses`. */
  readonly wire?: WireName;
  /** Whose quirks: a vendor's name as in a provider's `dialect`; `DIALECTS` has them all. Default: the wire's own vendor, in Chat Completions `generic`. */
  readonly dialect?: string;
  /** Vendor and account: names the state domain, and is part of every id. Default: the dialect, else the wire's vendor. */
  readonly name?: string;
  readonly scenario: Scenario;
  readonly faults?: readonly Fault[];
  /** The expected bearer token. Default: any, or none. */
  readonly key?: string;
  readonly tls?: { readonly cert: string; readonly key: string };
  readonly strict?: Strictness;
  readonly pace?: Pace;
  readonly extras?: WireExtras;
  /** Equal seeds and requests give equal answers. Default `holdfast`. */
  readonly seed?: string;
  /**
   * Send the first successful answer again to every later model call, unread: for measurements, where the simulator must
   * cost little. Such calls are not recorded. Default false.
   */
  readonly repeatFirstAnswer?: boolean;
  /** How many requests are kept, with their bodies (256 MiB at most); older ones are dropped. Default 1,000. */
  readonly keepRequests?: number;
  /** Called when an answer, or what the faults left of it, is sent. */
  readonly onFinished?: (request: RecordedRequest) => void;
}
