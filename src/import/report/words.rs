//! What a summary says of each kind of loss: what happened, and what to do about it.

use super::LossCode;

/// What a loss is called, and what to do about it, in one language.
pub(super) struct Words {
    pub name: &'static str,
    pub advice: &'static str,
}

/// In Vietnamese.
pub(super) fn vietnamese(code: LossCode) -> Words {
    let (name, advice) = match code {
        LossCode::MediaMissing => (
            "Thiếu tệp",
            "Xem tệp còn trên máy chủ cũ không; nếu còn, chạy lại lệnh xuất rồi nhập lại: tệp được bổ sung vào bài. \
             Nếu không còn, mở bài và gỡ chỗ trỏ tới tệp hoặc tải tệp khác lên.",
        ),
        LossCode::LinkUnresolved => (
            "Liên kết tới mục không có",
            "Mục được trỏ tới không có trong gói hoặc bị từ chối. Nhập mục đó (chạy lại không có `--only`), hoặc sửa liên \
             kết trong bài.",
        ),
        LossCode::TagDropped => (
            "Bỏ từ khóa",
            "Từ khóa trống, quá dài hoặc vượt số lượng cho phép của một bài. Gắn lại từ khóa cần giữ trong trang quản trị.",
        ),
        LossCode::TextCut => (
            "Cắt bớt chữ",
            "Nội dung dài hơn mức mà trường cho phép. Mở bài, đối chiếu với bản gốc và rút gọn hoặc tách thành hai bài.",
        ),
        LossCode::UserUnknown => (
            "Không rõ người dùng",
            "Thêm người đó vào bảng `[users]` của tệp ánh xạ (số hiệu cũ → thư điện tử) rồi nhập lại; nếu không, tên được \
             giữ dưới dạng chữ.",
        ),
        LossCode::TermUnlabelled => (
            "Thuật ngữ không có nhãn",
            "Xuất lại `terms.json` (cần quyền đọc kho thuật ngữ), hoặc ghi nhãn vào tệp ánh xạ, rồi nhập lại.",
        ),
        LossCode::DateAmbiguous => (
            "Ngày tháng không rõ",
            "Ghi `format` và `zone` cho cột đó trong tệp ánh xạ (ví dụ `%d/%m/%Y`) rồi nhập lại.",
        ),
        LossCode::VersionMissing => (
            "Thiếu phiên bản",
            "Nguồn không có phiên bản này (máy chủ cũ, phiên bản đã bị xóa, hoặc tệp CSV). Nếu cần lịch sử, xuất lại bằng \
             export.ps1 với quyền đọc phiên bản; nếu không thì không phải làm gì.",
        ),
        LossCode::QuestionMarks => (
            "Chữ thành dấu hỏi",
            "Tệp đã được lưu bằng bảng mã không có chữ Việt. Xuất lại ở UTF-8; chữ đã mất không khôi phục được từ tệp này.",
        ),
        LossCode::NotPublished => (
            "Chưa thể đăng",
            "Mục này đang hiển thị ở trang cũ nhưng thiếu tiêu đề, nội dung hoặc liên kết thay thế, nên ở đây còn là bản nháp. Bổ \
             sung rồi gửi duyệt.",
        ),
        LossCode::MarkupRemoved => (
            "Gỡ mã trong nội dung",
            "Khung, biểu mẫu hoặc mã lệnh không được phép trong bài; chữ vẫn còn. Xem bài có mất video hay bản đồ không và \
             chèn lại bằng trình phát được hỗ trợ.",
        ),
    };
    Words { name, advice }
}

/// In English.
pub(super) fn english(code: LossCode) -> Words {
    let (name, advice) = match code {
        LossCode::MediaMissing => (
            "File missing",
            "See whether the old server still has it; if so, export again and run the import again: the file is added. If \
             not, open the article and remove what points at it, or upload another.",
        ),
        LossCode::LinkUnresolved => (
            "Link to an item that is not there",
            "The item is not in the bundle, or was refused. Import it (run again without `--only`), or correct the link.",
        ),
        LossCode::TagDropped => (
            "Keyword dropped",
            "It is empty, too long, or one more than an article may have. Add those that matter in the newsroom.",
        ),
        LossCode::TextCut => (
            "Text cut",
            "It is longer than the field may be. Open the article beside the original, and shorten or divide it.",
        ),
        LossCode::UserUnknown => (
            "Person unknown",
            "Name them in the mapping's `[users]` (old number → e-mail) and run again; until then the name is kept as text.",
        ),
        LossCode::TermUnlabelled => (
            "Term without a label",
            "Export `terms.json` again (it needs read access to the term store), or give the label in the mapping, and run \
             again.",
        ),
        LossCode::DateAmbiguous => (
            "Date unclear",
            "Give that column a `format` and a `zone` in the mapping (such as `%d/%m/%Y`) and run again.",
        ),
        LossCode::VersionMissing => (
            "Version missing",
            "The source does not have it (an old server, a deleted version, or a CSV file). If the past matters, export \
             again with export.ps1 and the right to read versions; else there is nothing to do.",
        ),
        LossCode::QuestionMarks => (
            "Letters turned into question marks",
            "The file was saved in an encoding without Vietnamese letters. Export it again as UTF-8; this file cannot give \
             them back.",
        ),
        LossCode::NotPublished => (
            "Not published",
            "It is shown on the old site, but lacks a title, a body or a replacement link, so it is a draft here. Complete it \
             and submit it.",
        ),
        LossCode::MarkupRemoved => (
            "Markup removed",
            "Frames, forms or scripts that articles may not hold; the text stays. See whether a video or map is gone, and \
             put it in again with a player that is supported.",
        ),
    };
    Words { name, advice }
}
