import { commonDecodeOptions, type DecodeSetup } from '../../__fixtures__/decode-setup.ts';
import type { MessagesDecodeOptions } from '../decode-stream.ts';

export interface DecodeCase extends DecodeSetup {
  readonly isAfterGoOn?: boolean;
}

export const decodeOptions = (setup: DecodeCase): MessagesDecodeOptions => ({
  ...commonDecodeOptions(setup, { domain: 'anthropic', model: 'm', wire: 'messages' }),
  isAfterGoOn: setup.isAfterGoOn ?? false,
});
