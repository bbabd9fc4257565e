// Small comforts; every page works without them.
"use strict";
document.addEventListener("click", (event) => {
  for (const open of document.querySelectorAll("details.drop[open]")) {
    if (!open.contains(event.target)) open.open = false;
  }
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const open of document.querySelectorAll("details.drop[open]")) {
    open.open = false;
    open.querySelector("summary").focus();
  }
});
document.addEventListener("submit", (event) => {
  const asked = event.submitter && event.submitter.dataset.confirm;
  if (asked && !window.confirm(asked)) event.preventDefault();
});
// A second press while the line is slow sends nothing; the server takes a form once anyway.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "post") return;
  if (form.hasAttribute("aria-busy")) event.preventDefault();
  form.setAttribute("aria-busy", "true");
  setTimeout(() => form.removeAttribute("aria-busy"), 5000);
});
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[aria-busy]")) form.removeAttribute("aria-busy");
});
// Amounts start at 0: typing replaces them.
document.addEventListener("focusin", (event) => {
  if (event.target.matches("input.number")) event.target.select();
});
const here = document.querySelector(".tabs [aria-current]");
if (here) here.parentElement.scrollLeft = here.offsetLeft - 24;
// Telephones take photos that are larger than what may be sent, and take minutes on a slow line.
const PHOTO_PIXELS = 2400, PHOTO_BYTES = 1_000_000;
async function smaller(file) {
  if (!/^image\/(jpeg|png|webp)$/.test(file.type) || file.size <= PHOTO_BYTES) return file;
  const picture = await createImageBitmap(file);
  const scale = Math.min(1, PHOTO_PIXELS / Math.max(picture.width, picture.height));
  const canvas = document.createElement("canvas"), paper = canvas.getContext("2d");
  canvas.width = Math.round(picture.width * scale);
  canvas.height = Math.round(picture.height * scale);
  paper.fillStyle = "#fff"; // behind what is transparent
  paper.fillRect(0, 0, canvas.width, canvas.height);
  paper.drawImage(picture, 0, 0, canvas.width, canvas.height);
  picture.close();
  const drawn = await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.85));
  const name = file.name.replace(/\.\w+$/, "") + ".jpg";
  return drawn && drawn.size < file.size ? new File([drawn], name, { type: "image/jpeg" }) : file;
}
document.addEventListener("change", async ({ target: input }) => {
  if (input.type !== "file" || !self.createImageBitmap || !self.DataTransfer) return;
  input.form.setAttribute("aria-busy", "true");
  try {
    const chosen = new DataTransfer();
    for (const file of input.files) chosen.items.add(await smaller(file));
    input.files = chosen.files;
  } catch {
    // what cannot be read as a picture here is sent as it is, and judged by the server
  } finally {
    input.form.removeAttribute("aria-busy");
  }
});
