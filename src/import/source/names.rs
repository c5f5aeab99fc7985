//! Names of columns: which ones every list has, and how the interfaces write the others.

/// Columns that every list has, by internal name.
const SYSTEM: &str = "\
    ID Id GUID UniqueId ContentType ContentTypeId Created Author Modified Editor Attachments AttachmentFiles \
    _ModerationStatus _ModerationComments _UIVersionString _UIVersion _HasCopyDestinations _CopySource _Level \
    _IsCurrentVersion _EditMenuTableStart _EditMenuTableStart2 _EditMenuTableEnd _ComplianceFlags _ComplianceTag \
    _ComplianceTagWrittenTime _ComplianceTagUserId _CommentCount _LikeCount _CommentFlags _VirusStatus \
    _VirusInfo _VirusVendorID _CheckinComment _ColorTag _ColorHex _Emoji _DisplayName _SourceUrl \
    _SharedFileIndex owshiddenversion WorkflowVersion WorkflowInstanceID FileRef FileDirRef FileLeafRef \
    Last_x0020_Modified Created_x0020_Date FSObjType FileSystemObjectType SortBehavior PermMask PrincipalCount \
    ScopeId ProgId SyncClientId HTML_x0020_File_x0020_Type File_x0020_Type File_x0020_Size InstanceID Order \
    MetaInfo TaxCatchAll TaxCatchAllLabel AppAuthor AppEditor ItemChildCount FolderChildCount Edit DocIcon \
    LinkTitle LinkTitleNoMenu LinkTitle2 LinkFilename LinkFilenameNoMenu LinkFilename2 ServerUrl EncodedAbsUrl \
    BaseName SelectTitle SelectFilename NoExecute AccessPolicy ComplianceAssetId OriginatorId ParentUniqueId \
    ParentVersionString ParentLeafName CheckoutUser CheckedOutUserId CheckedOutTitle IsCheckedoutToLocal \
    VirusStatus StreamHash ContentVersion Restricted SMTotalSize SMLastModifiedDate SMTotalFileStreamSize \
    SMTotalFileCount DocConcurrencyNumber ItemType Versions VersionId VersionLabel IsCurrentVersion TemplateUrl \
    xd_ProgID xd_Signature HealthScore A2ODMountCount BSN _ListSchemaVersion _Dirty _Parsable _StubFile \
    _HasEncryptedContent _HasUserDefinedProtection _ShortcutUrl _ShortcutSiteId _ShortcutWebId _ShortcutUniqueId \
    _ExtendedDescription _RansomwareAnomalyMetaInfo _IpLabelId _IpLabelAssignmentMethod _IpLabelHash \
    _IpLabelPromotionCtagVersion _IpLabelMetaInfo _ActivityExpireTime _ActivitySharedWith MediaServiceMetadata";

/// Whether every list has this column.
pub fn is_system(internal: &str) -> bool {
    SYSTEM.split(' ').any(|name| name == internal)
}

/// Keys of items that are no columns.
pub fn is_noise(key: &str) -> bool {
    key.starts_with("odata.")
        || key.contains('@')
        || key.starts_with("__")
        || key.starts_with("ServerRedirectedEmbed")
        || matches!(
            key,
            "FieldValuesAsText"
                | "FieldValuesAsHtml"
                | "FieldValuesForEdit"
                | "FirstUniqueAncestorSecurableObject"
                | "RoleAssignments"
                | "ContentType"
                | "GetDlpPolicyTip"
                | "LikedByInformation"
                | "ParentList"
                | "Properties"
                | "Folder"
                | "File"
                | "Client_Title"
                | "EffectiveBasePermissions"
                | "EffectiveBasePermissionsForUI"
                | "HasUniqueRoleAssignments"
                | "IconOverlay"
                | "ServerRedirectedPreviewUrl"
        )
}

/// The name as a key of items: a leading `_` is hidden from OData.
pub fn entity(internal: &str) -> String {
    if internal.starts_with('_') { format!("OData_{internal}") } else { internal.to_owned() }
}

/// The name as a key of versions and of `FieldValuesAs…`, where `_` is escaped once more.
pub fn encoded(internal: &str) -> String {
    entity(&internal.replace('_', "_x005f_"))
}

/// The internal name of a key of an item of which nothing else is known.
pub fn of_key(key: &str) -> String {
    key.strip_prefix("OData_").filter(|rest| rest.starts_with('_')).unwrap_or(key).replace("_x005f_", "_")
}

/// What people may have called it: letters for their numbers. It may be cut short, and is shown to people alone.
pub fn readable(internal: &str) -> String {
    let mut text = String::new();
    let mut rest = internal;
    // A name is cut at 32 characters, also inside of a letter.
    if let Some((before, escape)) = internal.rsplit_once("_x").filter(|_| internal.len() >= 32)
        && escape.len() <= 4
        && escape.bytes().all(|byte| byte.is_ascii_hexdigit())
    {
        rest = before;
    }
    while let Some(start) = rest.find("_x") {
        let (before, escape) = rest.split_at(start);
        text.push_str(before);
        let letter = escape.get(2..6).filter(|_| escape.as_bytes().get(6) == Some(&b'_'));
        match letter.and_then(|digits| u32::from_str_radix(digits, 16).ok()).and_then(char::from_u32) {
            Some(letter) => {
                text.push(letter);
                rest = &escape[7..];
            }
            None => {
                text.push_str("_x");
                rest = &escape[2..];
            }
        }
    }
    text + rest
}

/// The internal name of a column that every list has, as tables call it in English and Vietnamese.
pub fn of_header(header: &str) -> Option<&'static str> {
    let header = crate::text::fold_key(header);
    Some(match header.as_str() {
        "id" | "mã" | "item id" | "mã số" => "ID",
        "guid" | "unique id" => "GUID",
        "content type" | "kiểu nội dung" | "loại nội dung" => "ContentType",
        "item type" | "loại mục" | "kiểu mục" => "FSObjType",
        "created" | "đã tạo" | "ngày tạo" | "được tạo" | "tạo lúc" => "Created",
        "modified" | "đã sửa đổi" | "ngày sửa" | "ngày sửa đổi" | "đã sửa" | "sửa đổi" => {
            "Modified"
        }
        "created by" | "tạo bởi" | "người tạo" | "được tạo bởi" => "Author",
        "modified by" | "sửa đổi bởi" | "người sửa" | "được sửa đổi bởi" | "sửa bởi" => {
            "Editor"
        }
        "attachments" | "phần đính kèm" | "đính kèm" | "tệp đính kèm" => "Attachments",
        "approval status" | "trạng thái phê duyệt" | "trạng thái duyệt" => "_ModerationStatus",
        "approver comments" | "chú thích của người phê duyệt" | "ý kiến của người phê duyệt" => {
            "_ModerationComments"
        }
        "version" | "phiên bản" => "_UIVersionString",
        "path" | "đường dẫn" | "url path" => "FileDirRef",
        _ => return None,
    })
}
