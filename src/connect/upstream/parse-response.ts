import { type HeadReader, MessageParser } from '../../core/http/message-parser.ts';
import { parseHead, type ResponseHead } from './parse-head.ts';

const RESPONSES: HeadReader<ResponseHead> = {
  parse: parseHead,
  isHopeless: (begunLine) => !'HTTP/'.startsWith(begunLine.slice(0, 5)),
};

/** Reads one response; interim ones (1xx) before it are skipped. */
export class ResponseParser extends MessageParser<ResponseHead> {
  constructor() {
    super(RESPONSES);
  }
}
