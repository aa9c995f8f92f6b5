import "../styles/page.css";
import { createApp } from "vue";
import Kept from "./Kept.vue";
import { kept } from "./keepsake";

const recorded = document.getElementById("recorded")?.textContent ?? "";
createApp(Kept, { kept: kept(recorded) }).mount("#app");
document.body.dataset.ready = "";
