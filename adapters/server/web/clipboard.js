// Copying text, also where the clipboard API is missing: browsers have it on https and localhost
// only.

// True when `text` is on the clipboard. Otherwise it is left selected in `field`, to be copied by
// hand.
export async function copyText(text, field) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    field.focus();
    field.select();
    return document.execCommand?.("copy") ?? false;
  }
}
