// A blurred impression of a picture from twenty or so characters (https://blurha.sh), drawn before it arrives.

const DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz#$%*+,-.:;=?@[]^_{|}~";
/** @type {(level: number) => number} */
const linear = (level) => (level <= 10.31475 ? level / 3294.6 : ((level / 255 + 0.055) / 1.055) ** 2.4);
/** @type {(light: number) => number} */
const level = (light) => 255 * (light <= 0.0031308 ? light * 12.92 : 1.055 * light ** (1 / 2.4) - 0.055);
/** @type {(step: number) => number} */
const part = (step) => Math.sign(step - 9) * ((step - 9) / 9) ** 2;

/** Draws it as large as the canvas is. @type {(canvas: HTMLCanvasElement, hash: string) => void} */
export function drawBlurhash(canvas, hash) {
  const value = (/** @type {number} */ from, /** @type {number} */ to) =>
    [...hash.slice(from, to)].reduce((sum, digit) => sum * 83 + DIGITS.indexOf(digit), 0);
  const across = (value(0, 1) % 9) + 1;
  const most = (value(1, 2) + 1) / 166;
  const average = value(2, 6);
  const waves = [[average >> 16, (average >> 8) & 255, average & 255].map(linear)];
  for (let at = 6; at < hash.length; at += 2) {
    const steps = value(at, at + 2);
    waves.push([Math.floor(steps / 361), Math.floor(steps / 19) % 19, steps % 19].map((step) => part(step) * most));
  }
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  const image = context.createImageData(canvas.width, canvas.height);
  image.data.forEach((_, byte) => {
    const x = ((byte >> 2) % image.width) / image.width;
    const y = Math.floor((byte >> 2) / image.width) / image.height;
    const light = (/** @type {number[]} */ wave, /** @type {number} */ n) =>
      (wave[byte & 3] ?? 0) * Math.cos(Math.PI * x * (n % across)) * Math.cos(Math.PI * y * Math.floor(n / across));
    image.data[byte] = (byte & 3) === 3 ? 255 : level(waves.reduce((sum, wave, n) => sum + light(wave, n), 0));
  });
  context.putImageData(image, 0, 0);
}
