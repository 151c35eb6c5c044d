/** SQL files are read as text when the code is loaded, so that a bundle carries them. */
declare module '*.sql' {
  const text: string;
  // biome-ignore lint/style/noDefaultExport: so Bun gives the text of a file
  export default text;
}
