/** The file as one self-contained classic script, in text; empty where nobody bundled it. */
declare module "*?source" {
  const source: string;
  export default source;
}
