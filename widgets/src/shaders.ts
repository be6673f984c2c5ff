// The shaders.  Light, lines and colours are those of avila_sci/mesh/raster.py and shade.py: one picture everywhere.
//
// Opaque faces are drawn into three pictures (colour, normal, element); a second pass over pixels lights them, darkens
// corners and draws lines.  Light so costs by pixel, and an outline needs no geometry of its own.

export const HIDE = `
  gl_Position = vec4(0.0, 0.0, 2.0, 1.0);  // beyond the far plane: clipped
  return;`;

/** Looks up what an element is like: hidden, ghosted, selected, coloured. */
const LOOK = /* glsl */ `
precision highp float;
precision highp int;
precision highp sampler2D;
precision highp usampler2D;

uniform mat4 viewMatrix, projectionMatrix;
uniform usampler2D elements;  // flags, low and high byte of the colour code
uniform sampler2D palette, tints;
uniform int faint;  // 0: the opaque pass, 1: the transparent pass
uniform vec4 section;  // what lies where dot(p, section.xyz) > section.w is cut away

in vec3 position;
in uvec2 place;
#ifdef INSTANCED
in vec4 row0, row1, row2;
in uint colour;
#endif

flat out vec4 tone;
flat out uint element;
flat out uint flags;
flat out float mirrored;
out vec3 seen;
out float cut;

ivec2 cell(int k, int width) { return ivec2(k % width, k / width); }
vec3 linear(vec3 c) { return mix(c / 12.92, pow((c + 0.055) / 1.055, vec3(2.4)), step(0.04045, c)); }

void main() {
  element = place.x;
  uint row = place.y;
  vec3 p = position;
  mirrored = 1.0;
#ifdef INSTANCED
  if (colour != 0u) row = colour;
  p = vec3(dot(row0, vec4(position, 1.0)), dot(row1, vec4(position, 1.0)), dot(row2, vec4(position, 1.0)));
  mirrored = sign(determinant(mat3(row0.xyz, row1.xyz, row2.xyz)));
#endif
  uvec4 look = texelFetch(elements, cell(int(element), textureSize(elements, 0).x), 0);
  flags = look.r;
  int code = int(look.g) + 256 * int(look.b);
  if ((flags & 1u) != 0u) {${HIDE} }
  tone = texelFetch(palette, cell(int(row), textureSize(palette, 0).x), 0);
  if (code > 0) tone = texelFetch(tints, cell(code, textureSize(tints, 0).x), 0);
  if ((flags & 32u) != 0u) tone = vec4(code > 0 ? tone.rgb : vec3(0.42, 0.66, 0.86), min(tone.a, 0.28));
  if ((flags & 2u) != 0u) tone = vec4(0.6, 0.62, 0.65, 0.12);
  if ((flags & 4u) != 0u) tone = 0.3 * tone + 0.7 * vec4(0.98, 0.50, 0.08, 1.0);
  if ((flags & 8u) != 0u) tone.rgb = mix(tone.rgb, vec3(1.0, 0.78, 0.5), 0.25);
  if ((tone.a < 0.999) != (faint == 1)) {${HIDE} }
  tone.rgb = linear(tone.rgb);
  cut = dot(p, section.xyz) - section.w;
  vec4 view = viewMatrix * vec4(p, 1.0);
  seen = view.xyz;
  gl_Position = projectionMatrix * view;
}`;

export const VERTEX = LOOK;

/** Lights of raster.py in camera coordinates, z to the eye. */
const LIGHT = /* glsl */ `
uniform vec3 up;
const vec3 KEY = normalize(vec3(-0.55, 0.55, 0.63));
vec3 lit(vec3 tone, vec3 n, float open) {
  float sky = 0.5 + 0.5 * dot(n, up);
  float lamp = max(0.0, dot(n, KEY)) * (0.45 + 0.55 * open);
  return tone * (mix(vec3(0.25, 0.24, 0.23), vec3(0.50, 0.53, 0.58), sky) * open + vec3(0.49, 0.475, 0.45) * lamp);
}`;

const FRAGMENT_HEAD = /* glsl */ `
precision highp float;
precision highp int;
precision highp sampler2D;
flat in vec4 tone;
flat in uint element;
flat in uint flags;
flat in float mirrored;
in vec3 seen;
in float cut;
uniform int cutting;

/** Normal of the face, to the eye. */
vec3 facing() {
  vec3 n = cross(dFdx(seen), dFdy(seen));
  float size = length(n);
  return size > 0.0 ? n / size : vec3(0.0, 0.0, 1.0);
}
/** Where a closed body is cut, one sees its faces from behind. */
bool inside() { return cutting == 2 && gl_FrontFacing == (mirrored < 0.0); }
`;

export const OPAQUE = /* glsl */ `${FRAGMENT_HEAD}
layout(location = 0) out vec4 outTone;
layout(location = 1) out vec4 outNormal;
layout(location = 2) out vec4 outElement;

void main() {
  vec3 n = facing();
  if (cutting > 0 && cut > 0.0) discard;
  // Two numbers of 12 bits in three bytes: eight bits make bands on round things.
  vec2 o = n.xy / (abs(n.x) + abs(n.y) + abs(n.z));
  uvec2 q = uvec2(round(clamp(o * 0.5 + 0.5, 0.0, 1.0) * 4095.0));
  vec3 stored = vec3(float(q.x >> 4), float(((q.x & 15u) << 4) | (q.y >> 8)), float(q.y & 255u)) / 255.0;
  outTone = vec4(sqrt(tone.rgb), 1.0);
  outNormal = vec4(stored, inside() ? 1.0 : 0.5);
  outElement = vec4(float(element & 255u), float((element >> 8) & 255u), float((element >> 16) & 255u), float(flags & 12u)) / 255.0;
}`;

/** Transparent faces in any order: M. McGuire, L. Bavoil, "Weighted Blended Order-Independent Transparency", 2013. */
export const FAINT = /* glsl */ `${FRAGMENT_HEAD}${LIGHT}
uniform sampler2D depth;
uniform float reach;
layout(location = 0) out vec4 outSum;
layout(location = 1) out vec4 outWeight;

void main() {
  vec3 n = facing();
  if (cutting > 0 && cut > 0.0) discard;
  if (gl_FragCoord.z > texelFetch(depth, ivec2(gl_FragCoord.xy), 0).r + 1e-6) discard;
  float near = -seen.z / reach;
  float weight = tone.a * clamp(2.0 / (0.01 + near * near * near), 0.01, 300.0);
  outSum = vec4(lit(tone.rgb, n, 1.0) * weight, tone.a);
  outWeight = vec4(weight);
}`;

export const PICK = /* glsl */ `${FRAGMENT_HEAD}
layout(location = 0) out uvec4 outPick;
void main() {
  if (cutting > 0 && cut > 0.0) discard;
  if ((flags & 2u) != 0u) discard;  // ghosts are looked through
  outPick = uvec4(element + 1u, floatBitsToUint(-seen.z), 0u, 0u);
}`;

/** One triangle over all pixels. */
export const COVER = /* glsl */ `
in vec3 position;
void main() { gl_Position = vec4(position.xy, 0.0, 1.0); }`;

/** What both passes over pixels read. */
const PIXELS = /* glsl */ `
precision highp float;
precision highp int;
precision highp sampler2D;
uniform sampler2D normals, depth;
uniform ivec2 size;
uniform vec4 lens;  // 1: focal length in half heights (perspective) or half height, 2: aspect, 3: near, 4: far
uniform int perspective;
uniform float radius;
uniform vec4 plane;  // section plane, camera coordinates
const float NOTHING = 1e30;
float focal;  // pixels a unit at distance 1
void begin() { focal = (perspective == 1 ? lens.x : 1.0 / lens.x) * 0.5 * float(size.y); }

float distanceAt(ivec2 p) {
  float z = texelFetch(depth, p, 0).r;
  if (z >= 1.0) return NOTHING;
  float near = lens.z, far = lens.w;
  return perspective == 1 ? near * far / (far - z * (far - near)) : near + z * (far - near);
}
vec3 normalAt(ivec2 p) {
  uvec3 b = uvec3(round(texelFetch(normals, p, 0).rgb * 255.0));
  vec2 o = vec2(float((b.x << 4) | (b.y >> 4)), float(((b.y & 15u) << 8) | b.z)) / 4095.0 * 2.0 - 1.0;
  return normalize(vec3(o, 1.0 - abs(o.x) - abs(o.y)));
}
vec3 ray(ivec2 p) { return vec3((vec2(p) + 0.5 - 0.5 * vec2(size)) / focal, -1.0); }
/** Camera coordinates of what is seen at a pixel; cuts are seen on their plane. */
vec3 pointAt(ivec2 p, float d, bool cap) {
  vec3 r = ray(p);
  if (perspective == 1) {
    if (cap) d = plane.w / min(dot(plane.xyz, r), -1e-6);
    return r * d;
  }
  if (cap) d = (dot(plane.xy, r.xy) - plane.w) / (plane.z == 0.0 ? 1e-6 : plane.z);
  return vec3(r.xy, -d);
}
`;

/** Corners are darker: M. McGuire and others, "Scalable Ambient Obscurance", 2012, as _occlusion of shade.py. */
export const CORNERS = /* glsl */ `${PIXELS}
uniform int taps;
uniform float turn;  // another for every picture of an average
out vec4 outOpen;
float wave(ivec2 p) { return fract(52.9829189 * fract(dot(vec2(p), vec2(0.06711056, 0.00583715)))); }

void main() {
  begin();
  ivec2 p = ivec2(gl_FragCoord.xy);
  float d = distanceAt(p);
  float open = 1.0;
  if (d < NOTHING) {
    vec3 n = normalAt(p), at = pointAt(p, d, false);
    float scale = (perspective == 1 ? d : 1.0) / focal;
    float reach = min(radius / scale, 0.25 * float(size.y));
    float bias = 0.012 * radius, total = 0.0;
    float angle0 = 6.2831853 * fract(wave(p) + turn);
    if (reach >= 1.0) {
      for (int k = 0; k < taps; k++) {
        float part = (float(k) + fract(wave(p.yx + 37) + turn * 1.2216)) / float(taps);
        float angle = part * 43.98 + angle0;
        ivec2 q = p + ivec2(floor(reach * part * vec2(cos(angle), sin(angle)) + 0.5));
        if (q.x < 0 || q.y < 0 || q.x >= size.x || q.y >= size.y) continue;
        float e = distanceAt(q);
        if (e >= NOTHING) continue;
        vec3 v = pointAt(q, e, false) - at;
        float d2 = dot(v, v), rise = dot(v, n) - bias;
        if (d2 < radius * radius && rise > 0.0) {
          float f = 1.0 - d2 / (radius * radius);
          total += f * f * rise / sqrt(d2 + bias * bias);
        }
      }
    }
    open = max(0.0, 1.0 - 10.0 * total / float(taps));
  }
  outOpen = vec4(open, min(d, 60000.0), 0.0, 1.0);
}`;

export const COMPOSE = /* glsl */ `${PIXELS}
uniform sampler2D tones, ids, sums, weights, corners;
uniform int someFaint, thick, soft;
uniform vec3 skyTop, skyBottom;
out vec4 outColour;
${LIGHT}

void main() {
  ivec2 p = ivec2(gl_FragCoord.xy);
  begin();
  float d = distanceAt(p);
  vec4 id = texelFetch(ids, p, 0);
  vec4 stored = texelFetch(normals, p, 0);
  bool cap = d < NOTHING && stored.a > 0.75;
  vec3 n = cap ? plane.xyz : normalAt(p);
  vec3 at = pointAt(p, d, cap);
  float scale = (perspective == 1 ? -at.z : 1.0) / focal;

  // Lines: as _lines of shade.py.
  float line = 0.0;
  vec3 ink = vec3(0.0152, 0.0194, 0.0299);
  uint flags = uint(round(id.a * 255.0));
  float accent = 0.0;
  for (int k = 0; k < 4; k++) {
    ivec2 q = p + (k == 0 ? ivec2(1, 0) : k == 1 ? ivec2(0, -1) : k == 2 ? ivec2(-1, 0) : ivec2(0, 1)) * max(1, k < 2 ? thick : thick - 1);
    if (k >= 2 && thick < 2) break;
    if (q.x < 0 || q.y < 0 || q.x >= size.x || q.y >= size.y) continue;
    float e = distanceAt(q);
    if (d >= NOTHING && e >= NOTHING) continue;
    vec4 other = texelFetch(ids, q, 0);
    bool same = all(lessThan(abs(id.rgb - other.rgb), vec3(0.001)));
    uint either = uint(round(other.a * 255.0)) | flags;
    if (!same && (either & 12u) != 0u) {
      accent = max(accent, (either & 4u) != 0u ? 1.0 : 0.7);
      continue;
    }
    if (d >= NOTHING || e >= NOTHING) { line = max(line, 0.95); continue; }
    bool capThere = texelFetch(normals, q, 0).a > 0.75;
    vec3 m = capThere ? plane.xyz : normalAt(q);
    vec3 there = pointAt(q, e, capThere);
    vec3 gap = there - at;
    float jump = min(abs(dot(n, gap)), abs(dot(m, gap)));
    if (jump > 3.0 * min(scale, (perspective == 1 ? -there.z : 1.0) / focal)) line = max(line, 0.95);
    else if (!same) line = max(line, 0.75);
    else if (dot(n, m) < 0.819 || cap != capThere) line = max(line, 0.65);
  }

  float open = 1.0;
  if (soft == 1 && d < NOTHING && !cap) {
    // The noise of 4 x 4 neighbours is the whole of the circle: their mean has none, where they lie on one surface.
    float total = 0.0, weight = 0.0;
    for (int k = 0; k < 16; k++) {
      ivec2 q = clamp(p + ivec2(k & 3, k >> 2) - 2, ivec2(0), size - 1);
      vec2 there = texelFetch(corners, q, 0).rg;
      float w = max(0.001, 1.0 - 4.0 * abs(there.g - d) / radius);
      total += w * there.r;
      weight += w;
    }
    open = total / weight;
  }

  vec3 colour = mix(skyBottom, skyTop, (float(p.y) + 0.5) / float(size.y));
  if (d < NOTHING) {
    vec3 tone = texelFetch(tones, p, 0).rgb;
    tone *= tone;
    colour = cap ? 0.45 * tone : lit(tone, n, open);
  }
  colour = mix(colour, ink, line);
  if (someFaint == 1) {
    vec4 sum = texelFetch(sums, p, 0);
    float weight = texelFetch(weights, p, 0).r;
    if (weight > 0.0) colour = mix(sum.rgb / weight, colour, sum.a);
  }
  colour = mix(colour, vec3(0.694, 0.1004, 0.0015), accent);
  outColour = vec4(colour, 1.0);
}`;

export const PRESENT = /* glsl */ `
precision highp float;
uniform sampler2D sum;
uniform vec2 part;  // of the picture that is in use, over its pixels
uniform float share;
out vec4 outColour;
void main() {
  vec3 c = clamp(texture(sum, gl_FragCoord.xy * part).rgb * share, 0.0, 1.0);
  outColour = vec4(mix(12.92 * c, 1.055 * pow(c, vec3(1.0 / 2.4)) - 0.055, step(0.0031308, c)), 1.0);
}`;
