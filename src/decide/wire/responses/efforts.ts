/** Codex's efforts in the words of those who know none above `xhigh`. */
export const EFFORTS_UP_TO_XHIGH: Readonly<Record<string, string>> = {
  none: 'none',
  minimal: 'minimal',
  low: 'low',
  medium: 'medium',
  high: 'high',
  xhigh: 'xhigh',
  max: 'xhigh',
  ultra: 'xhigh',
};
