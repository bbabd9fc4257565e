// Fills the coordinates of the form in from the telephone; typing them works without this.
"use strict";
const place = document.querySelector("[data-locate]");
if (place && navigator.geolocation) {
  const said = place.querySelector("[role=status]");
  place.hidden = false;
  place.querySelector("button").addEventListener("click", () => {
    said.textContent = "Mencari lokasi…";
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        document.getElementById("id_latitude").value = coords.latitude.toFixed(6);
        document.getElementById("id_longitude").value = coords.longitude.toFixed(6);
        said.textContent = `Lokasi terisi, ketelitian sekitar ${Math.round(coords.accuracy)} meter.`;
      },
      (fault) => {
        const refused = fault.code === fault.PERMISSION_DENIED;
        said.textContent = refused
          ? "Izin lokasi ditolak. Izinkan di peramban, atau ketik koordinatnya."
          : "Lokasi tidak ditemukan. Coba di luar ruangan, atau ketik koordinatnya.";
      },
      { enableHighAccuracy: true, timeout: 20000, maximumAge: 60000 },
    );
  });
}
