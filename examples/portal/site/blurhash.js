// A blurred impression of a picture from twenty or so characters (https://blurha.sh), drawn before it arrives.

const DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz#$%*+,-.:;=?@[]^_{|}~";

/** @param {string} text */
const value = (text) => [...text].reduce((sum, digit) => sum * 83 + DIGITS.indexOf(digit), 0);
/** @param {number} level */
const linear = (level) => (level <= 10.31475 ? level / 3294.6 : ((level / 255 + 0.055) / 1.055) ** 2.4);
/** @param {number} light */
const level = (light) => 255 * (light <= 0.0031308 ? light * 12.92 : 1.055 * light ** (1 / 2.4) - 0.055);
/** @param {number} step */
const part = (step) => Math.sign(step - 9) * ((step - 9) / 9) ** 2;

/**
 * Draws it, as large as the canvas is.
 * @param {HTMLCanvasElement} canvas
 * @param {string} hash
 */
export function drawBlurhash(canvas, hash) {
  const context = canvas.getContext("2d");
  const across = (value(hash.slice(0, 1)) % 9) + 1;
  const down = Math.floor(value(hash.slice(0, 1)) / 9) + 1;
  if (!context || hash.length !== 4 + 2 * across * down) return;
  const most = (value(hash.slice(1, 2)) + 1) / 166;
  const average = value(hash.slice(2, 6));
  const waves = [[linear(average >> 16), linear((average >> 8) & 255), linear(average & 255)]];
  for (let at = 6; at < hash.length; at += 2) {
    const steps = value(hash.slice(at, at + 2));
    waves.push([Math.floor(steps / 361), Math.floor(steps / 19) % 19, steps % 19].map((step) => part(step) * most));
  }
  const { width, height } = canvas;
  const image = context.createImageData(width, height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let colour = 0; colour < 3; colour++) {
        const light = waves.reduce((sum, wave, n) => {
          const strength = Math.cos((Math.PI * x * (n % across)) / width) * Math.cos((Math.PI * y * Math.floor(n / across)) / height);
          return sum + (wave[colour] ?? 0) * strength;
        }, 0);
        image.data[4 * (y * width + x) + colour] = level(light);
      }
      image.data[4 * (y * width + x) + 3] = 255;
    }
  }
  context.putImageData(image, 0, 0);
}
