/** What the wires behind the AI SDK differ in, as data (wire-facts §3.6, §3.7). The codec has no name in it. */
import type { ToolContract } from '../tools/tool-contract.ts';

export interface AiSdkDialect {
  /** The wire it belongs to. */
  readonly wire: 'gemini' | 'vertex' | 'converse';
  /** Media types that a message or a tool's output may hold. Others are refused by name. */
  readonly files: readonly string[];
  /** Models that take files in a tool's output. For others they follow it in a message of the user's. */
  readonly filesInOutputs: RegExp;
  /** Models that can be held to a schema for the answer; to others it is told instead. */
  readonly structured: RegExp;
  /** The same where tools are offered as well. */
  readonly structuredWithTools: RegExp;
  /** False: a request whose tools must not be called cannot name any, so that calls of the history become text. */
  readonly canForbidCalls: boolean;
  readonly tools: ToolContract;
  /** How the models are made to think, and how much they may say. */
  readonly model: 'gemini' | 'bedrock';
}
