import type { ActivationAnswer } from '../../admin/gateway-activation.ts';
import type { DoctorDeps } from '../doctor/doctor-deps.ts';

/** What switching needs besides what `doctor` needs. */
export interface ActivateDeps extends DoctorDeps {
  /** `user@machine`. */
  readonly who: string;
  /** Generation of the running gateway's configuration; `undefined` when none runs. */
  readonly gatewayGeneration: () => Promise<number | undefined>;
  /** Asks the gateway at `origin` to change what is activated there. Rejects with CliError when it cannot be asked. */
  readonly changeActivation: (
    origin: string,
    method: 'PUT' | 'DELETE',
    body: object,
  ) => Promise<Pick<ActivationAnswer, 'body'> & { readonly status: number }>;
  readonly sleep: (ms: number) => Promise<void>;
}
