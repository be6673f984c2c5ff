"""A page with a stand-in for the front end of ipywidgets: the built bundle and a real `Viewer`, without Jupyter.

The page keeps the traits and collects what the view sends; `Host.settle` carries messages both ways.  Seconds instead
of the half minute that JupyterLab takes, so most behaviour is tested here and the wiring there.
"""

import base64
import json

from avila_sci.widgets import bundle

_PAGE = """
window.traits = {}; window.sent = []; window.changed = {};
const listeners = {};
window.widget = {
  get: name => traits[name],
  set(name, value) {
    if (JSON.stringify(traits[name]) === JSON.stringify(value)) return;
    traits[name] = value; changed[name] = value; fire("change:" + name);
  },
  save_changes() {},
  on(name, f) { (listeners[name] ??= new Set()).add(f); },
  off(name, f) { listeners[name]?.delete(f); },
  send(content) { sent.push(content); },
};
window.fire = (name, ...values) => { for (const f of [...(listeners[name] ?? [])]) f(...values); };
window.count = () => Object.values(listeners).reduce((n, set) => n + set.size, 0);
window.bytes = text => new DataView(Uint8Array.from(atob(text), c => c.charCodeAt(0)).buffer);
window.receive = (content, buffers) => fire("msg:custom", content, buffers.map(bytes));
window.take = state => { for (const [k, v] of Object.entries(state)) { traits[k] = v; fire("change:" + k); } };
0;
"""
_STYLE = "body{margin:0;padding:12px;background:%s}"


class Host:
    """A viewer's view in a browser page."""

    def __init__(self, page, viewer, width=848, dark=False):
        self.page, self.viewer, self.width, self._outbox = page, viewer, width, []
        viewer.send = lambda content, buffers=None: self._outbox.append((content, buffers or []))
        page.goto("about:blank")
        page.evaluate("document.documentElement.innerHTML='<head><style></style></head><body></body>'")
        page.evaluate("css => document.querySelector('style').textContent = css", _STYLE % ("#111" if dark else "#fff"))
        page.evaluate("dark => document.body.dataset.jpThemeLight = String(!dark)", dark)
        page.evaluate(_PAGE)
        self._state = self._now()
        page.evaluate("state => Object.assign(traits, state)", self._state)
        script = base64.b64encode(bundle.read()).decode()
        page.evaluate(
            """async text => {
              const url = URL.createObjectURL(new Blob([bytes(text)], {type: "text/javascript"}));
              window.module = await import(url);
            }""",
            script,
        )
        self.open()

    def open(self, name="cell", settle=True):
        """Render a view; the page may hold several."""
        self.page.evaluate(
            """([name, width]) => {
              const el = document.createElement("div");
              el.id = name; el.style.width = width + "px";
              document.body.append(el);
              (window.cleanups ??= {})[name] = module.render({model: widget, el});
            }""",
            [name, self.width],
        )
        if settle:
            self.settle()

    def _now(self):
        state = self.viewer.get_state()
        return json.loads(json.dumps({k: v for k, v in state.items() if not k.startswith("_")}))

    def settle(self, wait=80, rounds=100):
        """Carry messages and traits both ways until nothing more is said."""
        quiet = 0
        for _ in range(rounds):
            self.page.wait_for_timeout(wait)
            changed, sent = self.page.evaluate(
                "() => { const out = [changed, sent]; changed = {}; sent = []; return out }"
            )
            if changed:
                self.viewer.set_state(changed)
            for content in sent:
                self.viewer._answer(self.viewer, content, [])
            now = self._now()
            fresh = {k: v for k, v in now.items() if v != self._state.get(k) and v != changed.get(k, self)}
            self._state = now
            if fresh:
                self.page.evaluate("state => take(state)", fresh)
            outbox, self._outbox = self._outbox[:], []
            for content, buffers in outbox:
                texts = [base64.b64encode(bytes(b)).decode() for b in buffers]
                self.page.evaluate("([content, buffers]) => receive(content, buffers)", [content, texts])
            # A view says where its camera is 180 ms after the last turn of the wheel.
            quiet = 0 if changed or sent or fresh or outbox else quiet + 1
            if quiet == 3:
                return
        raise AssertionError("the view and the viewer do not come to an end")

    def elements(self, name="cell"):
        """Element number at every pixel, as the browser draws it, and the camera."""
        import numpy as np

        from avila_sci.mesh.camera import Camera

        width, height, text, camera = self.page.evaluate(
            """name => {
              const {avila} = document.querySelector(`#${name} .avila-viewer`);
              const {width, height, elements} = avila.elements();
              const raw = new Uint8Array(elements.buffer); let out = "";
              for (let i = 0; i < raw.length; i += 32768) out += String.fromCharCode(...raw.subarray(i, i + 32768));
              return [width, height, btoa(out), avila.camera()];
            }""",
            name,
        )
        ids = np.frombuffer(base64.b64decode(text), np.int32).reshape(height, width)
        return ids, Camera(**{k: tuple(v) if isinstance(v, list) else v for k, v in camera.items()})
