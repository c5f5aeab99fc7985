"""What the articles say: plain sentences of offices, put together at random."""

from random import Random

_WHO = [
    "Ủy ban nhân dân tỉnh", "Sở Y tế", "Sở Giáo dục và Đào tạo", "Sở Nông nghiệp và Môi trường", "Văn phòng Ủy ban nhân dân tỉnh",
    "Ban Chỉ đạo chuyển đổi số", "Hội đồng nhân dân tỉnh", "Sở Tài chính", "Công an tỉnh", "Trung tâm Phục vụ hành chính công",
    "Sở Văn hóa, Thể thao và Du lịch", "Ban Quản lý các khu công nghiệp", "Sở Xây dựng", "Thanh tra tỉnh", "Sở Khoa học và Công nghệ",
]
_DOES = [
    "ban hành kế hoạch", "triển khai", "tổng kết", "kiểm tra", "đề nghị các địa phương đẩy mạnh", "hướng dẫn thực hiện", "công bố",
    "tổ chức hội nghị về", "lấy ý kiến nhân dân về", "khen thưởng các đơn vị làm tốt", "gia hạn", "điều chỉnh", "phát động",
]
_WHAT = [
    "công tác dân vận", "chương trình nông thôn mới", "lịch tiếp công dân", "phòng, chống dịch bệnh", "chuyển đổi số trong cơ quan nhà nước",
    "mùa cam Hòa Lạc", "cải cách thủ tục hành chính", "an toàn giao thông dịp Tết", "kỳ thi tốt nghiệp trung học phổ thông",
    "dự án đường vành đai", "quy hoạch sử dụng đất", "phòng cháy, chữa cháy rừng", "hỗ trợ doanh nghiệp nhỏ", "lễ hội truyền thống",
    "tiêm chủng mở rộng", "thi đua “Năm Dân vận khéo”", "bảo vệ môi trường", "xuất khẩu nông sản", "đào tạo nghề cho lao động",
]
_WHERE = [
    "trên địa bàn tỉnh", "tại các xã vùng cao", "trong toàn đơn vị", "ở huyện Hòa Lạc", "tại các khu dân cư", "ở các trường học",
    "trong sáu tháng đầu năm", "đến hết quý III", "theo Nghị quyết số 12", "từ ngày 30/3", "vào lúc 8 giờ sáng thứ Hai",
]
_MORE = [
    "Kinh phí lấy từ ngân sách: 20.000 đ một suất, chi trả trong tháng.", "Hồ sơ nộp tại bộ phận một cửa, từ thứ Hai đến thứ Sáu.",
    "Người dân có ý kiến xin gọi đường dây nóng: 0200 000 000.", "Các đơn vị báo cáo kết quả trước ngày 25 hằng tháng.",
    "Nội dung cụ thể: tuyên truyền, kiểm tra, báo cáo và khen thưởng.", "Việc này đã được bàn kỹ ở cơ sở và được đồng tình cao.",
    "Đây là nhiệm vụ trọng tâm của năm, gắn với việc học tập và làm theo gương tốt.", "Tỷ lệ hồ sơ đúng hạn đạt 98,7 %.",
]
TAGS = [
    "nông nghiệp", "chuyển đổi số", "cam Hòa Lạc", "dân vận", "y tế", "giáo dục", "giao thông", "môi trường", "du lịch", "lễ hội",
    "một cửa", "đất đai", "doanh nghiệp", "việc làm", "thời tiết", "bầu cử", "Covid-19", "nông thôn mới", "an sinh", "thể thao",
    "khen thưởng", "quy hoạch", "tiếp công dân", "ngân sách", "phòng cháy", "văn bản mới", "hội nghị", "đào tạo", "xuất khẩu", "chợ quê",
    "đường vành đai", "rừng", "tiêm chủng", "thanh niên", "phụ nữ",
]
CATEGORIES = ["Tin Chuyên Ngành", "Chuyển đổi số", "Tin CCHC", "Thông tin chỉ đạo, điều hành", "Y tế", "Giáo dục", "Đất đai", "Lịch tiếp công dân"]
AGENCIES = ["Sở Y tế", "Sở Tài chính", "Công an tỉnh", "Thông tấn xã Việt Nam", "Báo tỉnh"]


def title(rng: Random) -> str:
    return f"{rng.choice(_WHO)} {rng.choice(_DOES)} {rng.choice(_WHAT)} {rng.choice(_WHERE)}"


def sentence(rng: Random) -> str:
    if rng.random() < 0.25:
        return rng.choice(_MORE)
    return f"{title(rng)}."


def paragraph(rng: Random) -> str:
    return " ".join(sentence(rng) for _ in range(rng.randint(2, 6)))


class Pool:
    """Paragraphs that were made once: a body of many is put together fast."""

    def __init__(self, seed: int):
        rng = Random(f"{seed}:words")
        self.paragraphs = [paragraph(rng) for _ in range(2000)]
        self.blocks = [self._block(rng, text) for text in self.paragraphs]

    def _block(self, rng: Random, text: str) -> str:
        dice = rng.random()
        if dice < 0.06:
            return f"<h2>{title(rng)}</h2>"
        if dice < 0.12:
            return "<ul>" + "".join(f"<li>{sentence(rng)}</li>" for _ in range(3)) + "</ul>"
        if dice < 0.15:
            rows = "".join(f"<tr><td>{rng.choice(_WHAT)}</td><td>{rng.randint(1, 900)}</td></tr>" for _ in range(3))
            return f"<table><tbody>{rows}</tbody></table>"
        if dice < 0.3:
            first, rest = text.split(" ", 1)
            return f"<p><strong>{first}</strong> {rest}</p>"
        if dice < 0.4:
            return f"<p><em>{text}</em></p>"
        return f"<p>{text}</p>"
