// Elements in one call.  Texts are set as text: a name in a model is never taken for HTML.

type Attributes = Record<string, string | number | boolean | null | undefined>;

export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === true) node.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) node.setAttribute(name, String(value));
  }
  node.append(...children);
  return node;
}

/** Set or take away an attribute. */
export function mark(node: Element, name: string, value: string | boolean): void {
  if (value === false) node.removeAttribute(name);
  else node.setAttribute(name, value === true ? "" : value);
}
