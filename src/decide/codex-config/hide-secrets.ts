/** A key whose name says that its value is secret, up to the value. */
const SECRET_NAME =
  /((?:[\w.-]*(?:token|secret|passw(?:or)?d|api[-_]?key|authorization|cookie)[\w.-]*|\bkey)["']?\s*=\s*)(\[[^\]]*\]|"(?:\\.|[^"])*"|'[^']*')/gi;
/** Strings that look like keys, whatever they are called. */
const SECRET_VALUE = /(["'])(?:Bearer |Basic |sk-|gsk_|xai-|AIza|ghp_|github_pat_|AKIA|eyJ)[^"']*\1/g;
const STRING = /"(?:\\.|[^"\\])*"|'[^']*'/g;
/** An address; a name or password in it; its query. */
const ADDRESS = /\w+:\/\/[^\s"']+/g;
const USER_PART = /(\w+:\/\/)[^/\s"'@]*@/g;
const QUERY = /(\w+:\/\/[^\s"'?]*\?)[^\s"']*=[^\s"']*/g;
/** Tables whose values are headers, parameters and variables: any may be a key. */
const SECRET_TABLE = 'query_params|http_headers|headers|env';
const SECRET_INLINE = new RegExp(`((?:^|[.\\s{,])(?:${SECRET_TABLE})["']?\\s*=\\s*\\{)([^}]*)(\\}?)`, 'g');
const SECRET_HEADER = new RegExp(`^\\s*\\[[^\\]]*\\.\\s*["']?(?:${SECRET_TABLE})["']?\\s*\\]`);
const SECRET_DOTTED = new RegExp(`^\\s*(?:[^=]*\\.\\s*)?(?:${SECRET_TABLE})\\s*\\.[^=]*=`);
const HEADER = /^\s*\[/;
const ARGUMENTS = /(\bargs["']?\s*=\s*\[)([^\]]*)(\]?)/g;
/** Arguments that are words of a command line; anything else may be a key, or a script that prints one. */
const PLAIN_ARGUMENT = /^["'][\w./:@-]{0,24}["']$/;
const HIDDEN = '"…"';

/** A line of TOML that can be shown: what may be a key is an ellipsis. */
export function hideSecrets(line: string): string {
  return line
    .replace(SECRET_INLINE, (_, start: string, inside: string, end: string) => start + hideValues(inside) + end)
    .replace(ARGUMENTS, (_, start: string, inside: string, end: string) => {
      const shown = inside.replace(STRING, (text) => (PLAIN_ARGUMENT.test(text) ? text : HIDDEN));
      return start + shown + end;
    })
    .replace(SECRET_NAME, `$1${HIDDEN}`)
    .replace(SECRET_VALUE, HIDDEN)
    .replace(ADDRESS, hideAddress);
}

/** An address without what may be a key: the name or password in front of the host, and the query. */
export const hideAddress = (address: string): string => address.replace(USER_PART, '$1…@').replace(QUERY, '$1…');

/** The same for the lines of a file from its start on, of which a line's table says what it holds. */
export function createSecretHider(): (line: string) => string {
  let isSecret = false;
  return (line) => {
    if (HEADER.test(line)) isSecret = SECRET_HEADER.test(line);
    else if (isSecret || SECRET_DOTTED.test(line)) return hideSecrets(hideValues(line));
    return hideSecrets(line);
  };
}

/** Every string that is the value of a key; keys stay. */
const hideValues = (text: string): string =>
  text.replace(/(=\s*)("(?:\\.|[^"\\])*"|'[^']*')/g, (_, equals: string) => equals + HIDDEN);
