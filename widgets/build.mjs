// Bundles the front end into the Python package: one ES module, nothing fetched from anywhere at run time.
import { build } from "esbuild";

const outdir = new URL("../avila_sci/widgets/static/", import.meta.url).pathname;

const result = await build({
  entryPoints: { viewer: "src/viewer.ts" },
  outdir,
  bundle: true,
  format: "esm",
  target: "es2022",
  minify: true,
  legalComments: "linked", // three's licence stands beside the bundle
  loader: { ".css": "text" },
  absWorkingDir: new URL(".", import.meta.url).pathname,
  metafile: true,
  logLevel: "warning",
});

for (const [file, { bytes }] of Object.entries(result.metafile.outputs)) {
  console.log(`${file.split("/").at(-1)}  ${(bytes / 1000).toFixed(1)} kB`);
}
