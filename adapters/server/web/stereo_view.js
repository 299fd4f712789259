// Shows a packed two-view video as it is, as its left eye alone, or as a red-cyan anaglyph.

// Where each eye's picture lies in the frame, as [x, y, width, height] from the top left, and the
// frame's share of an eye's true proportions.
const kLayouts = {
  sbs: { left: [0, 0, 0.5, 1], right: [0.5, 0, 0.5, 1], stretch: 0.5, crop: "left" },
  half_sbs: { left: [0, 0, 0.5, 1], right: [0.5, 0, 0.5, 1], stretch: 1, crop: "left" },
  tb: { left: [0, 0, 1, 0.5], right: [0, 0.5, 1, 0.5], stretch: 2, crop: "top" },
  half_tb: { left: [0, 0, 1, 0.5], right: [0, 0.5, 1, 0.5], stretch: 1, crop: "top" },
};

const kVertexShader = `
  attribute vec2 corner;
  varying vec2 place;
  void main() {
    place = vec2(corner.x, 1.0 - corner.y);
    gl_Position = vec4(corner * 2.0 - 1.0, 0.0, 1.0);
  }`;

// Least-squares projection for red-cyan glasses, columns as GLSL wants them.
// Source: E. Dubois, "A projection method to generate anaglyph stereo images", ICASSP 2001.
const kFragmentShader = `
  precision mediump float;
  varying vec2 place;
  uniform sampler2D frame;
  uniform vec4 left_eye;
  uniform vec4 right_eye;
  const mat3 from_left = mat3(
    0.437, -0.062, -0.048,
    0.449, -0.062, -0.050,
    0.164, -0.024, -0.017);
  const mat3 from_right = mat3(
    -0.011, 0.377, -0.026,
    -0.032, 0.761, -0.093,
    -0.007, 0.009, 1.234);
  void main() {
    vec3 left = texture2D(frame, left_eye.xy + place * left_eye.zw).rgb;
    vec3 right = texture2D(frame, right_eye.xy + place * right_eye.zw).rgb;
    gl_FragColor = vec4(clamp(from_left * left + from_right * right, 0.0, 1.0), 1.0);
  }`;

function compile(gl, type, source) {
  const shader = gl.createShader(type);
  gl.shaderSource(shader, source);
  gl.compileShader(shader);
  return gl.getShaderParameter(shader, gl.COMPILE_STATUS) ? shader : null;
}

// Draws frames of `video` on `canvas`; null where WebGL is missing.
function makeAnaglyphPainter(canvas, layout) {
  const gl = canvas.getContext("webgl", { antialias: false, alpha: false });
  if (!gl) return null;
  const vertex = compile(gl, gl.VERTEX_SHADER, kVertexShader);
  const fragment = compile(gl, gl.FRAGMENT_SHADER, kFragmentShader);
  if (!vertex || !fragment) return null;
  const program = gl.createProgram();
  gl.attachShader(program, vertex);
  gl.attachShader(program, fragment);
  gl.linkProgram(program);
  if (!gl.getProgramParameter(program, gl.LINK_STATUS)) return null;
  gl.useProgram(program);
  gl.bindBuffer(gl.ARRAY_BUFFER, gl.createBuffer());
  gl.bufferData(gl.ARRAY_BUFFER, new Float32Array([0, 0, 1, 0, 0, 1, 1, 1]), gl.STATIC_DRAW);
  const corner = gl.getAttribLocation(program, "corner");
  gl.enableVertexAttribArray(corner);
  gl.vertexAttribPointer(corner, 2, gl.FLOAT, false, 0, 0);
  gl.uniform4fv(gl.getUniformLocation(program, "left_eye"), layout.left);
  gl.uniform4fv(gl.getUniformLocation(program, "right_eye"), layout.right);
  gl.bindTexture(gl.TEXTURE_2D, gl.createTexture());
  gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_WRAP_S, gl.CLAMP_TO_EDGE);
  gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_WRAP_T, gl.CLAMP_TO_EDGE);
  gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, gl.LINEAR);

  return (video) => {
    const width = Math.round(video.videoWidth * layout.left[2]);
    const height = Math.round(video.videoHeight * layout.left[3]);
    if (width === 0 || height === 0) return;
    if (canvas.width !== width || canvas.height !== height) {
      canvas.width = width;
      canvas.height = height;
      gl.viewport(0, 0, width, height);
    }
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGB, gl.RGB, gl.UNSIGNED_BYTE, video);
    gl.drawArrays(gl.TRIANGLE_STRIP, 0, 4);
  };
}

export class StereoView {
  // `mode` is the session's; views that it does not have are missing from `views`.
  constructor({ stage, video, canvas, mode }) {
    this.stage = stage;
    this.video = video;
    this.canvas = canvas;
    this.layout = kLayouts[mode] ?? null;
    this.painter = this.layout ? makeAnaglyphPainter(canvas, this.layout) : null;
    this.views = ["stereo"];
    if (this.layout) this.views.push("left");
    if (this.painter) this.views.push("anaglyph");
    this.view = "stereo";
    this.painting = false;
    video.addEventListener("resize", () => this.fit());
    video.addEventListener("loadedmetadata", () => this.fit());
  }

  show(view) {
    if (!this.views.includes(view)) return;
    this.view = view;
    this.fit();
    this.canvas.hidden = view !== "anaglyph";
    this.stage.toggleAttribute("data-canvas", view === "anaglyph");
    if (view === "anaglyph") this.paint();
  }

  // The frame's proportions and crop.
  fit() {
    const whole = this.video.videoWidth / this.video.videoHeight || 16 / 9;
    const single = this.view !== "stereo";
    const aspect = single ? whole * this.layout.stretch : whole;
    this.stage.style.setProperty("--aspect", aspect.toFixed(4));
    this.stage.dataset.crop = this.view === "left" ? this.layout.crop : "";
  }

  // Once per decoded frame where the browser tells of them, else once per display frame.
  paint() {
    if (this.painting) return;
    this.painting = true;
    const next = this.video.requestVideoFrameCallback
      ? (step) => this.video.requestVideoFrameCallback(step)
      : (step) => requestAnimationFrame(step);
    const step = () => {
      if (this.view !== "anaglyph") {
        this.painting = false;
        return;
      }
      this.painter(this.video);
      next(step);
    };
    step();
  }
}
