import { commonDecodeOptions, type DecodeSetup } from '../../__fixtures__/decode-setup.ts';
import type { ChatDecodeOptions } from '../decode-stream.ts';
import { findChatDialect } from '../dialects.ts';

export interface DecodeCase extends DecodeSetup {
  readonly dialect: string;
}

export const decodeOptions = (setup: DecodeCase): ChatDecodeOptions => ({
  ...commonDecodeOptions(setup, { domain: setup.dialect, model: 'm', wire: 'chat' }),
  dialect: findChatDialect(setup.dialect),
});
