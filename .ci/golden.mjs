// Runs the `golden` program as a bare wasm module: no imports, so its exit code is all that it can say.
import { readFileSync } from "node:fs";

const { instance } = await WebAssembly.instantiate(readFileSync(process.argv[2]), {});
const code = instance.exports.main(0, 0);
console.log(code === 0 ? "all scenarios equal" : `scenario number ${code} differs`);
process.exit(code);
