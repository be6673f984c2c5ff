"""The front end, sent once a page instead of once a widget.

The text of an anywidget's module is part of its state: saved in the notebook and sent with every instance.  Ours is
half a kilobyte.  It asks the kernel for the built bundle, by message, imports it from a Blob, and leaves the promise in
``globalThis`` under the bundle's hash; every later view on the page awaits the same promise.  A new version has a new
hash, so it is a new module.  A saved widget whose kernel is gone would keep that promise for ever, so a view that has
waited nine seconds asks for itself.
"""

import hashlib
from functools import cache
from pathlib import Path

STATIC = Path(__file__).parent / "static"

SHIM = """\
const G=globalThis.__avila??={},ask=m=>new Promise((ok,no)=>{const f=(c,b)=>{if(c.kind=="bundle"){
m.off("msg:custom",f);import(URL.createObjectURL(new Blob([b[0]],{type:"text/javascript"}))).then(ok,no)}}
m.on("msg:custom",f);m.send({kind:"bundle"})})
export default{async render(c){let m=c.model,d;c.el.textContent="Run this cell to see the model."
d=await Promise.race([G[m.get("_bundle")]??=ask(m),new Promise(r=>setTimeout(()=>d||r(ask(m)),9e3))])
return d.render(c)}}
"""
"""The module in the widget's state (below 600 bytes)."""


@cache
def read(name="viewer.js"):
    """Bytes of a built file, b"" where it was not built.

    Parameters
    ----------
    name : str

    Returns
    -------
    bytes
    """
    path = STATIC / name
    return path.read_bytes() if path.is_file() else b""


@cache
def digest(name="viewer.js"):
    """Twelve hexadecimal digits that name the built file's content, "" where it was not built."""
    content = read(name)
    return hashlib.sha256(content).hexdigest()[:12] if content else ""
