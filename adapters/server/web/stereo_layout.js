// What a session's packing of two views can be shown as. Pure values: no page, no video.

// Where each eye's picture lies in the frame, as [x, y, width, height] from the top left.
const kSideBySide = { left: [0, 0, 0.5, 1], right: [0.5, 0, 0.5, 1], crop: "left" };
const kTopBottom = { left: [0, 0, 1, 0.5], right: [0, 0.5, 1, 0.5], crop: "top" };

// `stretch`: the frame's proportions times this are those of one eye's true picture.
const kLayouts = {
  sbs: { ...kSideBySide, stretch: 0.5 },
  half_sbs: { ...kSideBySide, stretch: 1 },
  tb: { ...kTopBottom, stretch: 2 },
  half_tb: { ...kTopBottom, stretch: 1 },
};

// `width`: how many eyes' pictures wide the view is. `paint`: what the painter makes of the frame,
// null where the frame itself, stretched or cropped, is the view.
const kSideBySideViews = {
  sbs: { label: "3D SBS", width: 2, paint: "parallel" },
  half_sbs: { label: "Half-SBS", width: 1, paint: "parallel" },
};
const kOtherViews = {
  anaglyph: { label: "Anaglyph", width: 1, paint: "anaglyph" },
  left: { label: "2D", width: 1, paint: null },
  cross: { label: "Cross-eyed", width: 2, paint: "cross" },
};
const kTopBottomView = { label: "Top-bottom", width: 0, paint: null };

// { eyes, first, views }: `first` names the view of the stream as it is, with which to begin;
// `eyes` is null for a stream whose views cannot be taken apart.
export function layoutOf(mode) {
  const eyes = kLayouts[mode] ?? null;
  if (!eyes) {
    const label = mode === "anaglyph_dubois" ? "Anaglyph" : "As streamed";
    return { eyes, first: "stream", views: { stream: { label, width: 0, paint: null } } };
  }
  if (eyes.crop === "top") {
    const views = { tb: kTopBottomView, ...kSideBySideViews, ...kOtherViews };
    return { eyes, first: "tb", views };
  }
  const { sbs, half_sbs } = kSideBySideViews;
  const views = { sbs: { ...sbs, paint: null }, half_sbs: { ...half_sbs, paint: null } };
  return { eyes, first: mode, views: { ...views, ...kOtherViews } };
}

// Width over height of `view`, from those of the frame.
export function aspectOf(layout, view, frameAspect) {
  const { width } = layout.views[view];
  return width === 0 ? frameAspect : frameAspect * layout.eyes.stretch * width;
}
