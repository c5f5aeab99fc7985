// An article with everything that a content type holds, in a text of the project's own.
import { pdf, png, wav } from "./files.mjs";
import { publish, upload } from "./newsroom.mjs";

export const PARAGRAPHS = [
  "Từ ngày 01/12, tuyến xe buýt số 12 nối trung tâm hành chính với ba xã vùng ven chạy từ 5 giờ đến 20 giờ hằng ngày, mỗi chuyến cách nhau 20 phút.",
  "Giá vé là 8.000 đồng một lượt; học sinh, sinh viên, người cao tuổi và người khuyết tật được giảm một nửa. Vé tháng bán tại bến và trên ứng dụng của tỉnh.",
  "Sở Xây dựng cho biết 14 xe của tuyến đều chạy điện, có sàn thấp và chỗ cho xe lăn. Trong ba tháng đầu, tỉnh hỗ trợ toàn bộ chi phí vận hành.",
  "Hành khách góp ý về giờ chạy và điểm dừng qua tổng đài của tỉnh. Lịch chạy có trong tệp đính kèm, và được treo ở mọi điểm dừng.",
];

/** Published at a moment that is another day in Vietnam than in UTC. */
export async function wholeArticle() {
  const [picture, sound, timetable] = await Promise.all([
    upload(png(1280, 720), "Bến xe buổi chiều.png", "image/png"),
    upload(wav(20), "Đọc tin xe buýt.wav", "audio/wav"),
    upload(pdf("Lich chay tuyen so 12"), "Lịch chạy tuyến 12.pdf", "application/pdf"),
  ]);
  return publish({
    title: "Thêm tuyến xe buýt điện về ba xã vùng ven",
    kicker: "Giao thông công cộng",
    summary: "Mười bốn xe điện, 20 phút một chuyến, giảm nửa giá cho học sinh và người cao tuổi.",
    body: `${PARAGRAPHS.slice(0, 2).map((text) => `<p>${text}</p>`).join("")}<h2>Xe cho mọi người</h2>${PARAGRAPHS.slice(2).map((text) => `<p>${text}</p>`).join("")}`,
    category: "thong-bao",
    author: { name: "Sở Xây dựng" },
    published_at: "2026-11-02T22:30:00Z",
    image: { media_id: picture.id, alt: "Bến xe buýt dưới chân đồi lúc chiều muộn", caption: "Bến mới của tuyến số 12." },
    audio: { media_id: sound.id, title: "Nghe tin xe buýt" },
    attachments: [{ media_id: timetable.id, title: "Lịch chạy tuyến số 12" }],
    tags: ["xe buýt điện", "giao thông"],
  });
}
