// Draws frames of a packed two-view video on a canvas, by WebGL, packed another way.

const kVertexShader = `
  attribute vec2 corner;
  varying vec2 place;
  void main() {
    place = vec2(corner.x, 1.0 - corner.y);
    gl_Position = vec4(corner * 2.0 - 1.0, 0.0, 1.0);
  }`;

// Medium precision has fewer steps than a wide picture has columns.
const kFragmentStart = `
  #ifdef GL_FRAGMENT_PRECISION_HIGH
  precision highp float;
  #else
  precision mediump float;
  #endif
  varying vec2 place;
  uniform sampler2D frame;
  uniform vec4 left_eye;
  uniform vec4 right_eye;
  // 1 where each eye's picture is a half sphere, equirectangular, to be seen from its middle.
  uniform float sphere;
  vec2 on_sphere(vec2 at) {
    vec2 plane = at * 2.0 - 1.0;
    vec3 ray = normalize(vec3(plane, 1.0));
    return 0.5 + vec2(atan(ray.x, ray.z), asin(ray.y)) / 3.14159265;
  }
  vec3 eye(vec4 part, vec2 at) {
    return texture2D(frame, part.xy + mix(at, on_sphere(at), sphere) * part.zw).rgb;
  }`;

// Least-squares projection for red-cyan glasses, columns as GLSL wants them.
// Source: E. Dubois, "A projection method to generate anaglyph stereo images", ICASSP 2001.
const kAnaglyph = `${kFragmentStart}
  const mat3 from_left = mat3(
    0.437, -0.062, -0.048,
    0.449, -0.062, -0.050,
    0.164, -0.024, -0.017);
  const mat3 from_right = mat3(
    -0.011, 0.377, -0.026,
    -0.032, 0.761, -0.093,
    -0.007, 0.009, 1.234);
  void main() {
    vec3 mixed = from_left * eye(left_eye, place) + from_right * eye(right_eye, place);
    gl_FragColor = vec4(clamp(mixed, 0.0, 1.0), 1.0);
  }`;

const kLeft = `${kFragmentStart}
  void main() { gl_FragColor = vec4(eye(left_eye, place), 1.0); }`;

// `first` and `second` fill the halves of the picture.
const sideBySide = (first, second) => `${kFragmentStart}
  void main() {
    vec2 at = vec2(fract(place.x * 2.0), place.y);
    gl_FragColor = vec4(place.x < 0.5 ? eye(${first}, at) : eye(${second}, at), 1.0);
  }`;

const kPaints = {
  anaglyph: { width: 1, shader: kAnaglyph },
  left: { width: 1, shader: kLeft },
  parallel: { width: 2, shader: sideBySide("left_eye", "right_eye") },
  cross: { width: 2, shader: sideBySide("right_eye", "left_eye") },
};

function compile(gl, type, source) {
  const shader = gl.createShader(type);
  gl.shaderSource(shader, source);
  gl.compileShader(shader);
  return shader;
}

// Null where the shader cannot be had.
function makeProgram(gl, fragment, eyes) {
  const program = gl.createProgram();
  gl.attachShader(program, compile(gl, gl.VERTEX_SHADER, kVertexShader));
  gl.attachShader(program, compile(gl, gl.FRAGMENT_SHADER, fragment));
  gl.bindAttribLocation(program, 0, "corner");
  gl.linkProgram(program);
  if (!gl.getProgramParameter(program, gl.LINK_STATUS)) return null;
  gl.useProgram(program);
  gl.uniform1f(gl.getUniformLocation(program, "sphere"), eyes.sphere ? 1 : 0);
  return program;
}

// Where the eyes look in a frame. Rows in turn are read at their middles, by a canvas half as high.
function placeEyes(gl, program, eyes, video) {
  const row = eyes.rows ? 0.5 / video.videoHeight : 0;
  const lowered = ([x, y, width, height], by) => [x, y + by, width, height];
  gl.uniform4fv(gl.getUniformLocation(program, "left_eye"), lowered(eyes.left, -row));
  gl.uniform4fv(gl.getUniformLocation(program, "right_eye"), lowered(eyes.right, row));
}

function makeSurface(gl) {
  gl.bindBuffer(gl.ARRAY_BUFFER, gl.createBuffer());
  gl.bufferData(gl.ARRAY_BUFFER, new Float32Array([0, 0, 1, 0, 0, 1, 1, 1]), gl.STATIC_DRAW);
  gl.enableVertexAttribArray(0);
  gl.vertexAttribPointer(0, 2, gl.FLOAT, false, 0, 0);
  gl.bindTexture(gl.TEXTURE_2D, gl.createTexture());
  gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_WRAP_S, gl.CLAMP_TO_EDGE);
  gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_WRAP_T, gl.CLAMP_TO_EDGE);
  gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, gl.LINEAR);
}

// Null where WebGL is missing, else { paint(video, kind) }. A context that the browser takes away
// is built again when it comes back.
export function makePainter(canvas, eyes) {
  // Kept, so that what is on the canvas can be saved or read at any time.
  const gl = canvas.getContext("webgl", {
    antialias: false,
    alpha: false,
    preserveDrawingBuffer: true,
  });
  if (!gl) return null;
  let programs = {};
  const build = () => {
    makeSurface(gl);
    programs = {};
    for (const [kind, { shader }] of Object.entries(kPaints)) {
      programs[kind] = makeProgram(gl, shader, eyes);
    }
    return Object.values(programs).every(Boolean);
  };
  if (!build()) return null;
  canvas.addEventListener("webglcontextlost", (event) => event.preventDefault());
  canvas.addEventListener("webglcontextrestored", build);

  const paint = (video, kind) => {
    const width = Math.round(video.videoWidth * eyes.left[2]) * kPaints[kind].width;
    const height = Math.round((video.videoHeight * eyes.left[3]) / (eyes.rows ? 2 : 1));
    if (width === 0 || height === 0 || gl.isContextLost()) return;
    if (canvas.width !== width || canvas.height !== height) {
      canvas.width = width;
      canvas.height = height;
      gl.viewport(0, 0, width, height);
    }
    gl.useProgram(programs[kind]);
    placeEyes(gl, programs[kind], eyes, video);
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGB, gl.RGB, gl.UNSIGNED_BYTE, video);
    gl.drawArrays(gl.TRIANGLE_STRIP, 0, 4);
  };
  return { paint };
}
