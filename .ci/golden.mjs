// Runs a program as a bare wasm module: its exit code is all that it can say.
// What a dependency would import from a browser is there but must not be called.
import { readFileSync } from "node:fs";

const module = await WebAssembly.compile(readFileSync(process.argv[2]));
const imports = {};
for (const { module: from, name, kind } of WebAssembly.Module.imports(module)) {
    if (kind !== "function") throw new Error(`an import that is no function: ${from}.${name}`);
    (imports[from] ??= {})[name] = () => {
        throw new Error(`${from}.${name} was called`);
    };
}
const instance = await WebAssembly.instantiate(module, imports);
const code = instance.exports.main(0, 0);
console.log(code === 0 ? "all as expected" : `exit code ${code}`);
process.exit(code);
