import type { ChatVendor } from './chat-vendor.ts';
import { GENERIC_VENDOR } from './common-vendor.ts';
import { HOSTED_VENDORS } from './hosted-vendors.ts';
import { LOCAL_VENDORS } from './local-vendors.ts';

export const CHAT_VENDORS: readonly ChatVendor[] = [GENERIC_VENDOR, ...HOSTED_VENDORS, ...LOCAL_VENDORS];

export const findChatVendor = (name: string): ChatVendor | undefined =>
  CHAT_VENDORS.find(({ id, aliases }) => id === name || aliases.includes(name));
