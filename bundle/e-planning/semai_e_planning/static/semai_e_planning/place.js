// Fills the coordinates of the form in from the telephone; typing them works without this.
"use strict";
const place = document.querySelector("[data-locate]");
if (place && navigator.geolocation) {
  const texts = place.dataset; // in the language of the page
  const said = place.querySelector("[role=status]");
  place.hidden = false;
  place.querySelector("button").addEventListener("click", () => {
    said.textContent = texts.searching;
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        document.getElementById("id_latitude").value = coords.latitude.toFixed(6);
        document.getElementById("id_longitude").value = coords.longitude.toFixed(6);
        said.textContent = texts.found.replace("{meters}", Math.round(coords.accuracy));
      },
      (fault) => {
        said.textContent = fault.code === fault.PERMISSION_DENIED ? texts.refused : texts.missing;
      },
      { enableHighAccuracy: true, timeout: 20000, maximumAge: 60000 },
    );
  });
}
