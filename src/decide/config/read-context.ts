/** What the meaning of a file depends on, besides its text. */
export interface ReadContext {
  /** Absolute path of the file. */
  readonly file: string;
  /** The user's home folder, for `~/`. */
  readonly homeDir: string;
  /** Folder of what Holdfast writes. */
  readonly holdfastHome: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}
