// What a session's packing of two views can be shown as. Pure values: no page, no video.

// Where each eye's picture lies in the frame, as [x, y, width, height] from the top left. `crop`:
// the part that the style sheet can cut out, where it is the left eye's.
const kSideBySide = { left: [0, 0, 0.5, 1], right: [0.5, 0, 0.5, 1], crop: "left" };
const kCrossed = { left: [0.5, 0, 0.5, 1], right: [0, 0, 0.5, 1], crop: "" };
const kTopBottom = { left: [0, 0, 1, 0.5], right: [0, 0.5, 1, 0.5], crop: "top" };
// `rows`: every second row each, the left eye's first.
const kRows = { left: [0, 0, 1, 1], right: [0, 0, 1, 1], crop: "", rows: true };

// `paint`: what the painter makes of the frame, null where the frame itself, stretched or cropped,
// is the view. `width`: how many eyes' pictures wide the view is, 0 where it is as the frame is.
const view = (label, width, paint) => ({ label, width, paint });
const kParallel = view("3D SBS", 2, "parallel");
const kHalf = view("Half-SBS", 1, "parallel");
const kAnaglyph = view("Anaglyph", 1, "anaglyph");
const kCrossEyed = view("Cross-eyed", 2, "cross");
const kCropped = view("2D", 1, null);
const kPainted = view("2D", 1, "left");
const kOthers = { anaglyph: kAnaglyph, left: kCropped, cross: kCrossEyed };
const unpainted = (other) => ({ ...other, paint: null });
const asStreamed = (label) => ({
  eyes: null,
  first: "stream",
  views: { stream: view(label, 0, null) },
});

const kFromSideBySide = { sbs: unpainted(kParallel), half_sbs: unpainted(kHalf), ...kOthers };
const kFromTopBottom = {
  tb: view("Top-bottom", 0, null),
  sbs: kParallel,
  half_sbs: kHalf,
  ...kOthers,
};
const kFromCrossed = {
  cross: unpainted(kCrossEyed),
  sbs: kParallel,
  half_sbs: kHalf,
  anaglyph: kAnaglyph,
  left: kPainted,
};
const streamAnd = (label) => ({
  stream: view(label, 0, null),
  sbs: kParallel,
  half_sbs: kHalf,
  ...kOthers,
  left: kPainted,
});

// { eyes, first, views }: `first` names the view with which to begin, the stream as it is or, where
// that is squeezed, stretched; `eyes` is null for a stream whose views cannot be taken apart.
// `stretch`: the frame's proportions times this are those of one eye's true picture.
const kLayouts = {
  sbs: { eyes: { ...kSideBySide, stretch: 0.5 }, first: "sbs", views: kFromSideBySide },
  half_sbs: { eyes: { ...kSideBySide, stretch: 1 }, first: "half_sbs", views: kFromSideBySide },
  tb: { eyes: { ...kTopBottom, stretch: 2 }, first: "tb", views: kFromTopBottom },
  half_tb: { eyes: { ...kTopBottom, stretch: 1 }, first: "tb", views: kFromTopBottom },
  cross: { eyes: { ...kCrossed, stretch: 0.5 }, first: "cross", views: kFromCrossed },
  half_cross: { eyes: { ...kCrossed, stretch: 1 }, first: "cross", views: kFromCrossed },
  row_interlaced: {
    eyes: { ...kRows, stretch: 1 },
    first: "stream",
    views: streamAnd("Interlaced"),
  },
  // Seen from the middle of its half spheres, 90 degrees wide and high.
  vr180: {
    eyes: { ...kSideBySide, stretch: 0.5, sphere: true },
    first: "stream",
    views: streamAnd("VR180"),
  },
  rgbd: {
    eyes: { ...kSideBySide, stretch: 0.5 },
    first: "stream",
    views: { stream: view("Picture and depth", 0, null), left: kCropped },
  },
  depth: asStreamed("Depth"),
  left: asStreamed("2D"),
  right: asStreamed("2D"),
};

export function layoutOf(mode) {
  if (mode.startsWith("anaglyph_")) return asStreamed("Anaglyph");
  return kLayouts[mode] ?? asStreamed("As streamed");
}

// Width over height of `view`, from those of the frame.
export function aspectOf(layout, view, frameAspect) {
  const { width } = layout.views[view];
  return width === 0 ? frameAspect : frameAspect * layout.eyes.stretch * width;
}
