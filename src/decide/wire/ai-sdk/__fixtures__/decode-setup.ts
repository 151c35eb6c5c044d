import { commonDecodeOptions, type DecodeSetup } from '../../__fixtures__/decode-setup.ts';
import type { AiSdkDecodeOptions } from '../decode-stream.ts';

export interface DecodeCase extends DecodeSetup {
  readonly isAfterGoOn?: boolean;
}

export const decodeOptions = (setup: DecodeCase): AiSdkDecodeOptions => ({
  ...commonDecodeOptions(setup, { domain: 'google', model: 'm', wire: 'gemini' }),
  isAfterGoOn: setup.isAfterGoOn ?? false,
});
