import type { DoctorDeps } from '../doctor/doctor-deps.ts';

/** What switching needs besides what `doctor` needs. */
export interface ActivateDeps extends DoctorDeps {
  /** `user@machine`. */
  readonly who: string;
  /** Generation of the running gateway's configuration; `undefined` when none runs. */
  readonly gatewayGeneration: () => Promise<number | undefined>;
  readonly sleep: (ms: number) => Promise<void>;
}
