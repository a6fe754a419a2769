/** Files of any size to Larder, an OpenAI-compatible Files API, from Node and browsers. */
export { request } from "./api.js";
export { Crc64nvme } from "./crc64.js";
export { downloadFile, downloadStream, downloadUrl } from "./download.js";
export { LarderError } from "./errors.js";
export { forgetUpload, forgetUploads } from "./sessions.js";
export { uploadFile } from "./upload.js";

/** @typedef {import("./api.js").Client} Client */
/** @typedef {import("./content.js").FileInput} FileInput */
/** @typedef {import("./download.js").FileUrl} FileUrl */
/** @typedef {import("./sessions.js").Store} Store */
/** @typedef {import("./sessions.js").StoreOfKeys} StoreOfKeys */
/** @typedef {import("./upload.js").StoredFile} StoredFile */
/** @typedef {import("./upload.js").UploadOptions} UploadOptions */
