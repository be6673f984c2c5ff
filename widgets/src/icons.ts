// Icons, 20 x 20, drawn with one stroke.

const PATHS: Record<string, string> = {
  tree: "M4 4.5h3M4 4.5v11h3M4 10h3M10 4.5h6M10 10h6M10 15.5h6",
  fit: "M3.5 7.5v-4h4M12.5 3.5h4v4M16.5 12.5v4h-4M7.5 16.5h-4v-4M7.5 8l2.5-1.4L12.5 8v3.2L10 12.6l-2.5-1.4z",
  views: "M10 2.8l6.2 3.5v7.4L10 17.2l-6.2-3.5V6.3zM3.8 6.3L10 9.8l6.2-3.5M10 9.8v7.4",
  projection: "M3.5 5.5l13 2.5v4l-13 2.5zM8 6.4v7.2M12.2 7.2v5.6",
  hide: "M3 3l14 14M8.3 5.2A7.6 7.6 0 0110 5c4 0 6.5 3.2 7.5 5-.4.8-1.2 1.9-2.3 2.9M12.8 14.3A7 7 0 0110 15c-4 0-6.5-3.2-7.5-5 .6-1.1 1.7-2.5 3.3-3.6M8.4 8.4a2.3 2.3 0 003.2 3.2",
  isolate: "M10 6.3l3.3 1.9v3.7L10 13.8l-3.3-1.9V8.2zM3.5 7v-3.5H7M13 3.5h3.5V7M16.5 13v3.5H13M7 16.5H3.5V13",
  ghost: "M5 16.5V9a5 5 0 0110 0v7.5l-1.7-1.4-1.6 1.4L10 15.1l-1.7 1.4-1.6-1.4zM8.2 8.8v.6M11.8 8.8v.6",
  all: "M2.5 10C3.5 8.2 6 5 10 5s6.5 3.2 7.5 5c-1 1.8-3.5 5-7.5 5s-6.5-3.2-7.5-5zM10 7.7a2.3 2.3 0 100 4.6 2.3 2.3 0 000-4.6z",
  colour: "M10 3a7 7 0 100 14c1.3 0 1.7-.8 1.5-1.7-.3-1.3.3-2.3 1.6-2.3H15a2 2 0 002-2.2C16.7 6.3 13.7 3 10 3zM6.5 9.5v.1M9 6.3v.1M12.7 6.8v.1M6.7 12.8v.1",
  section: "M3 13.5l5-9h9l-5 9zM3 13.5h9M10 16.8v-3M6 4.5L4.5 2.5",
  photo: "M3 6.5h3.2l1.3-2h5l1.3 2H17v9.5H3zM10 8.3a2.7 2.7 0 100 5.4 2.7 2.7 0 000-5.4z",
  theme: "M10 3.5a6.5 6.5 0 100 13zM10 3.5a6.5 6.5 0 010 13",
  help: "M7.4 7.6a2.6 2.6 0 115 .8c-.3 1.2-2.4 1.6-2.4 3.2M10 14.6v.1M10 2.8a7.2 7.2 0 100 14.4 7.2 7.2 0 000-14.4z",
  full: "M12 3.5h4.5V8M8 16.5H3.5V12M16.5 3.5L11.5 8.5M3.5 16.5l5-5",
  close: "M5 5l10 10M15 5L5 15",
  spaces: "M3.5 3.5h13v13h-13zM3.5 11h5M11.5 11h5M8.5 3.5v4M8.5 16.5v-2",
  flip: "M6 3.5v13M6 3.5L3.5 6M6 3.5L8.5 6M14 16.5v-13M14 16.5l-2.5-2.5M14 16.5l2.5-2.5",
  more: "M4 6h12M4 10h12M4 14h12",
};

export function icon(name: string): SVGSVGElement {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 20 20");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", PATHS[name] ?? "");
  svg.append(path);
  return svg;
}
