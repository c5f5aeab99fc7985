#requires -Version 5.1
<#
.SYNOPSIS
    Takes a whole list out of SharePoint: items, versions, people, terms and files, as a folder that
    "tintuc import sharepoint" reads.

.DESCRIPTION
    It only reads. It may be stopped at any moment and started again with the same folder: what is there under its final name is
    whole, and is not asked for again. README.md beside this file tells which rights it needs, and what it writes.

.EXAMPLE
    .\export.ps1 -Site https://cong.tinh.example -List TinTuc -Out D:\tintuc\bundle -UseDefaultCredentials
#>
[CmdletBinding()]
param(
    # The address of the site that the list is in.
    [Parameter(Mandatory = $true)] [string] $Site,
    # The list's title, or its GUID.
    [Parameter(Mandatory = $true)] [string] $List,
    # A folder for the bundle; made if it is not there.
    [Parameter(Mandatory = $true)] [string] $Out,
    # Sign in as whoever runs this.
    [switch] $UseDefaultCredentials,
    # Or as somebody else.
    [System.Management.Automation.PSCredential] $Credential,
    # Or by the Cookie header of a browser that has signed in.
    [string] $Cookie,
    # Or by an access token.
    [string] $Bearer,
    # Where versions come from. "auto" takes REST, and SOAP where REST has none (2013).
    [ValidateSet('auto', 'rest', 'soap', 'none')] [string] $Versions = 'auto',
    # Hosts by which links lead to this site too, as "portal" or "http://portal".
    [string[]] $Alias = @(),
    # Items in one answer, at most 5000.
    [ValidateRange(1, 5000)] [int] $PageSize = 500,
    # Milliseconds to wait after each request, for servers that are busy.
    [ValidateRange(0, 60000)] [int] $Pause = 0,
    # Do not fetch files.
    [switch] $NoFiles
)

Set-StrictMode -Version 2
$ErrorActionPreference = 'Stop'

# All that is ever asked for. {...} is replaced.
$Routes = @{
    listByTitle  = '/_api/web/lists/getbytitle(''{title}'')?$select=Id,Title,BaseType,ItemCount,EnableModeration,EnableVersioning,EnableMinorVersions,RootFolder/ServerRelativeUrl&$expand=RootFolder'
    listById     = '/_api/web/lists(guid''{list}'')?$select=Id,Title,BaseType,ItemCount,EnableModeration,EnableVersioning,EnableMinorVersions,RootFolder/ServerRelativeUrl&$expand=RootFolder'
    fields       = '/_api/web/lists(guid''{list}'')/fields'
    users        = '/_api/web/siteusers'
    terms        = '/_api/site/rootweb/lists/getbytitle(''TaxonomyHiddenList'')/items?$select=Id,ID,Title,Term,IdForTerm,IdForTermSet&$top=5000'
    lookup       = '/_api/web/lists(guid''{list}'')/items?$select=Id,ID,Title&$top=5000'
    items        = '/_api/web/lists(guid''{list}'')/items?$select=*,FileRef,AttachmentFiles&$expand=AttachmentFiles&$orderby=ID&$top={top}'
    pages        = '/_api/web/lists(guid''{list}'')/items?$select=*,FileRef&$orderby=ID&$top={top}'
    versions     = '/_api/web/lists(guid''{list}'')/items({id})/versions?$top=5000'
    html         = '/_api/web/lists(guid''{list}'')/items({id})/FieldValuesAsHtml'
    folder       = '/_api/web/GetFolderByServerRelativePath(decodedUrl=@f)?@f=''{path}'''
    fileByPath   = '/_api/web/GetFileByServerRelativePath(decodedUrl=@f)/$value?@f=''{path}'''
    fileByUrl    = '/_api/web/GetFileByServerRelativeUrl(@f)/$value?@f=''{path}'''
    soap         = '/_vti_bin/lists.asmx'
}
$SoapAction = 'http://schemas.microsoft.com/sharepoint/soap/GetVersionCollection'
$SoapBody = '<?xml version="1.0" encoding="utf-8"?><soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body><GetVersionCollection xmlns="http://schemas.microsoft.com/sharepoint/soap/"><strlistID>{list}</strlistID><strlistItemID>{id}</strlistItemID><strFieldName>{column}</strFieldName></GetVersionCollection></soap:Body></soap:Envelope>'
# Files that are fetched where a text or a link leads to them. Pages are none.
$FileEndings = 'png|jpe?g|gif|bmp|webp|svg|tiff?|heic|pdf|docx?|xlsx?|pptx?|od[tsp]|rtf|txt|csv|zip|rar|7z|mp3|m4a|wav|wma|aac|ogg|flac|mp4|m4v|webm|mov|wmv|avi'
$Tries = 8

$Site = $Site.TrimEnd('/')
$SiteUri = New-Object System.Uri($Site)
$Out = $ExecutionContext.SessionState.Path.GetUnresolvedProviderPathFromPSPath($Out).TrimEnd('\', '/')
$Script:Accept = 'application/json;odata=nometadata'
$Script:FileRoute = 'fileByPath'
$Script:Requests = 0
$Script:Missing = New-Object 'System.Collections.Generic.List[object]'
$OurHosts = New-Object 'System.Collections.Generic.HashSet[string]' ([System.StringComparer]::OrdinalIgnoreCase)
[void]$OurHosts.Add($SiteUri.Host)
foreach ($name in $Alias) { [void]$OurHosts.Add(($name -replace '^https?://', '' -replace '[:/].*$', '')) }
$Utf8 = New-Object System.Text.UTF8Encoding($false)

# Windows PowerShell's own reader of JSON fails over 2 MB, and over "Id" beside "ID".
$Script:Json = $null
if ($PSVersionTable.PSVersion.Major -le 5) {
    Add-Type -AssemblyName System.Web.Extensions
    $Script:Json = New-Object System.Web.Script.Serialization.JavaScriptSerializer
    $Script:Json.MaxJsonLength = [int]::MaxValue
    $Script:Json.RecursionLimit = 100
    # Paths may be long, where Windows can do that.
    try { [System.AppContext]::SetSwitch('Switch.System.IO.UseLegacyPathHandling', $false) } catch { Write-Verbose 'Paths are limited to 260 characters.' }
    # Servers of today refuse what Windows of old begins with.
    [System.Net.ServicePointManager]::SecurityProtocol = [System.Net.ServicePointManager]::SecurityProtocol -bor [System.Net.SecurityProtocolType]::Tls12
}

function ConvertFrom-Text([string] $Text) {
    if ($null -ne $Script:Json) { return , $Script:Json.DeserializeObject($Text) }
    return , (ConvertFrom-Json -InputObject $Text -AsHashtable -Depth 100)
}

function ConvertTo-Rows([object[]] $Rows) {
    if ($null -ne $Script:Json) { return '{"value":' + $Script:Json.Serialize($Rows) + '}' }
    return '{"value":' + (ConvertTo-Json -InputObject $Rows -Depth 100 -Compress) + '}'
}

# What stands under a key, or nothing.
function Get-Part($Of, [string] $Key) {
    if ($Of -is [System.Collections.IDictionary] -and $Of.ContainsKey($Key)) { return , $Of[$Key] }
    return $null
}

# A path that Windows takes though it is long.
function Get-LongPath([string] $Path) {
    if ($Path.Length -gt 240 -and [System.IO.Path]::DirectorySeparatorChar -eq '\' -and -not $Path.StartsWith('\\')) { return '\\?\' + $Path }
    return $Path
}

function Get-OutPath([string] $Name) {
    return Get-LongPath ($Out + [System.IO.Path]::DirectorySeparatorChar + $Name.Replace('/', [string][System.IO.Path]::DirectorySeparatorChar))
}

function Test-Have([string] $Name) { return [System.IO.File]::Exists((Get-OutPath $Name)) }

function Read-Have([string] $Name) { return [System.IO.File]::ReadAllText((Get-OutPath $Name), $Utf8) }

# Bytes come to their final name whole or not at all.
function Save-Bytes([string] $Name, [byte[]] $Bytes) {
    $path = Get-OutPath $Name
    [void][System.IO.Directory]::CreateDirectory([System.IO.Path]::GetDirectoryName($path))
    $temporary = $path + '.tmp'
    # Names near the limit have no room for an ending.
    if ([System.IO.Path]::GetFileName($path).Length -gt 240) { $temporary = Get-OutPath 'long-name.tmp' }
    [System.IO.File]::WriteAllBytes($temporary, $Bytes)
    if ([System.IO.File]::Exists($path)) { [System.IO.File]::Delete($path) }
    [System.IO.File]::Move($temporary, $path)
}

function Save-Text([string] $Name, [string] $Text) { Save-Bytes $Name ($Utf8.GetBytes($Text)) }

function Get-Address([string] $Route, [hashtable] $Values = @{}) {
    $text = $Routes[$Route]
    foreach ($key in $Values.Keys) { $text = $text.Replace('{' + $key + '}', [string]$Values[$key]) }
    return $Site + $text
}

# Inside quotes in an address: doubled apostrophes, and percent signs for all else.
function Get-Quoted([string] $Text) { return [System.Uri]::EscapeDataString($Text.Replace("'", "''")) -replace '%2F', '/' }

# One answer: a status and bytes. Waits where the server asks to, and tries again where that can help.
function Invoke-Server([string] $Address, [string] $Accepted, [string] $Posted = '') {
    for ($try = 1; ; $try++) {
        $Script:Requests++
        $wait = [Math]::Min(300, [Math]::Pow(2, $try))
        $status = 0
        $why = ''
        $response = $null
        try {
            $request = [System.Net.HttpWebRequest][System.Net.WebRequest]::Create($Address)
            $request.Timeout = 300000
            $request.ReadWriteTimeout = 300000
            $request.UserAgent = 'NONISV|Tintuc|Export/1.0'
            $request.AutomaticDecompression = [System.Net.DecompressionMethods]::GZip
            # A page to sign in is no answer.
            $request.AllowAutoRedirect = $false
            $request.Accept = $Accepted
            if ($UseDefaultCredentials) { $request.UseDefaultCredentials = $true }
            if ($null -ne $Credential) { $request.Credentials = $Credential.GetNetworkCredential() }
            if ($Cookie) { $request.Headers.Add('Cookie', $Cookie) }
            if ($Bearer) { $request.Headers.Add('Authorization', 'Bearer ' + $Bearer) }
            # Where a form would be shown instead of a refusal.
            if ($UseDefaultCredentials -or $null -ne $Credential) { $request.Headers.Add('X-FORMS_BASED_AUTH_ACCEPTED', 'f') }
            if ($Posted) {
                $bytes = $Utf8.GetBytes($Posted)
                $request.Method = 'POST'
                $request.ContentType = 'text/xml; charset=utf-8'
                $request.Headers.Add('SOAPAction', '"' + $SoapAction + '"')
                $request.ContentLength = $bytes.Length
                $stream = $request.GetRequestStream()
                $stream.Write($bytes, 0, $bytes.Length)
                $stream.Close()
            }
            try { $response = $request.GetResponse() }
            catch {
                # In PowerShell, what .NET throws is wrapped.
                $cause = $_.Exception
                while ($null -ne $cause.InnerException -and $cause -isnot [System.Net.WebException]) { $cause = $cause.InnerException }
                if ($cause -isnot [System.Net.WebException] -or $null -eq $cause.Response) { throw }
                $response = $cause.Response
            }
            $status = [int]$response.StatusCode
            $memory = New-Object System.IO.MemoryStream
            $response.GetResponseStream().CopyTo($memory)
            $body = $memory.ToArray()
            $whole = $response.ContentLength -lt 0 -or $response.ContentLength -eq $body.LongLength
            if (-not $whole) { $status = 0; $why = 'the answer broke off' }
            $after = $response.Headers['Retry-After']
            if ($after) {
                $seconds = 0
                $moment = [DateTime]::MinValue
                if ([int]::TryParse($after, [ref]$seconds)) { $wait = $seconds }
                elseif ([DateTime]::TryParse($after, [ref]$moment)) { $wait = [Math]::Max(1, ($moment.ToUniversalTime() - [DateTime]::UtcNow).TotalSeconds) }
            }
            if ($whole -and @(429, 502, 503, 504) -notcontains $status) {
                if ($Pause -gt 0) { Start-Sleep -Milliseconds $Pause }
                return @{ status = $status; body = $body; type = [string]$response.ContentType }
            }
            if (-not $why) { $why = "status $status" }
        }
        catch { $why = $_.Exception.Message }
        finally { if ($null -ne $response) { $response.Close() } }
        if ($try -ge $Tries) { throw "$Address : $why, $Tries times. Start the same command again later: it goes on from here." }
        Write-Verbose "$Address : $why; again in $wait s"
        Start-Sleep -Seconds $wait
    }
}

# JSON as text, or nothing if it is not there. All other refusals end the run, for they concern all that would follow.
function Get-JsonText([string] $Address) {
    $answer = Invoke-Server $Address $Script:Accept
    if ($answer.status -eq 406 -and $Script:Accept -like '*nometadata*') {
        # 2013 knows the wordy form only.
        $Script:Accept = 'application/json;odata=verbose'
        $answer = Invoke-Server $Address $Script:Accept
    }
    $text = $Utf8.GetString($answer.body).TrimStart([char]0xFEFF)
    if ($answer.status -eq 404) { return $null }
    if ($answer.status -in 301, 302, 303, 307, 401, 403) { throw "$Address : status $($answer.status). This account may not read it, or has to sign in: see README.md about rights." }
    if ($answer.status -ne 200) { throw "$Address : status $($answer.status): $($text.Substring(0, [Math]::Min(500, $text.Length)))" }
    if ($text -notmatch '^\s*[\{\[]') { throw "$Address : the answer is a page, not JSON. The cookie or token has probably ended: sign in anew and start the same command again." }
    try { [void](ConvertFrom-Text $text) } catch { throw "$Address : the answer is no JSON: $($_.Exception.Message)" }
    return $text
}

# The rows of an answer, in either form.
function Get-Rows($Value) {
    $inner = Get-Part $Value 'd'
    if ($null -ne $inner) { $Value = $inner }
    $rows = Get-Part $Value 'results'
    if ($null -eq $rows) { $rows = Get-Part $Value 'value' }
    if ($null -eq $rows) { return , @() }
    return , @($rows)
}

# Where the next page is. Servers behind a proxy name themselves otherwise than we do: only the path counts.
function Get-Next($Value) {
    $inner = Get-Part $Value 'd'
    if ($null -ne $inner) { $Value = $inner }
    foreach ($key in '__next', 'odata.nextLink', '@odata.nextLink') {
        $next = Get-Part $Value $key
        if ($next) {
            $query = $next.IndexOf('/_api/', [System.StringComparison]::OrdinalIgnoreCase)
            if ($query -lt 0) { throw "The next page is at an address that is not understood: $next" }
            return $Site + $next.Substring($query)
        }
    }
    return $null
}

# A short list, all its pages in one file. What this account may not read is left out, and told.
function Save-Whole([string] $Name, [string] $Address, [string] $What) {
    if (Test-Have $Name) { return }
    try {
        $text = Get-JsonText $Address
        if ($null -eq $text) { throw 'it is not there' }
        $value = ConvertFrom-Text $text
        $next = Get-Next $value
        if ($null -ne $next) {
            $rows = New-Object 'System.Collections.Generic.List[object]'
            foreach ($row in (Get-Rows $value)) { $rows.Add($row) }
            while ($null -ne $next) {
                $value = ConvertFrom-Text (Get-JsonText $next)
                foreach ($row in (Get-Rows $value)) { $rows.Add($row) }
                $next = Get-Next $value
            }
            $text = ConvertTo-Rows $rows.ToArray()
        }
        Save-Text $Name $text
    }
    catch { Write-Warning "$What could not be read, and $Name is left out: $($_.Exception.Message)" }
}

# The state: whose folder this is.
function Assert-Same([hashtable] $State) {
    if (-not (Test-Have 'export-state.json')) { Save-Text 'export-state.json' (ConvertTo-Json $State); return }
    $before = ConvertFrom-Text (Read-Have 'export-state.json')
    foreach ($key in 'site', 'list', 'pageSize') {
        if ([string](Get-Part $before $key) -ne [string]$State[$key]) {
            throw "$Out holds an export with another $key ($(Get-Part $before $key)). Take a new folder."
        }
    }
    if (Get-Part $before 'finished') { throw "$Out holds a whole export of $(Get-Part $before 'finished'). Take a new folder for a new one." }
}

# Texts in a row, however deep, but for its attachments, which are no text.
function Get-Texts($Value) {
    if ($Value -is [string]) { return $Value }
    if ($Value -is [System.Collections.IDictionary]) { foreach ($key in @($Value.Keys)) { if (@('__metadata', 'AttachmentFiles') -notcontains $key) { Get-Texts $Value[$key] } } }
    elseif ($Value -is [System.Collections.IEnumerable]) { foreach ($one in $Value) { Get-Texts $one } }
}

# The path of a file on this site, from the root of the server and not escaped; or nothing.
function Get-FilePath([string] $Address) {
    $address = [System.Net.WebUtility]::HtmlDecode($Address).Trim()
    if ($address -match '^(?:https?:)?//([^/:?#]+)(?::\d+)?(/.*)$') {
        if (-not $OurHosts.Contains($Matches[1])) { return $null }
        $address = $Matches[2]
    }
    if (-not $address.StartsWith('/')) { return $null }
    $path = ($address -split '[?#]', 2)[0]
    if ($path -match '/_layouts/|/_api/|/_vti_bin/') { return $null }
    if ($path -notmatch ('\.(?:' + $FileEndings + ')$')) { return $null }
    return [System.Uri]::UnescapeDataString($path)
}

# Which files a text leads to.
function Get-FilesOf([string] $Text) {
    if ($Text.IndexOf('/') -lt 0) { return }
    # Addresses in HTML. SharePoint writes ":" as "&#58;" inside them, too.
    foreach ($found in [regex]::Matches($Text, '(?i)(?:src|href)\s*=\s*["'']([^"'']+)["'']')) { Get-FilePath $found.Groups[1].Value }
    # The picture of a modern column: JSON inside a text, whose path may be escaped or not.
    foreach ($found in [regex]::Matches($Text, '"serverRelativeUrl"\s*:\s*"((?:[^"\\]|\\.)*)"')) {
        Get-FilePath ([string](ConvertFrom-Text ('"' + $found.Groups[1].Value + '"')))
    }
    # A text that is an address; SOAP puts what it is called behind it.
    if ($Text -match '^(?:https?://|/)[^<>"\r\n]+$') { Get-FilePath ($Text -replace '^(https?://.*?), .*$', '$1') }
}

# Fetches a file, unless it is there.
function Save-File([string] $Path, [string] $Item) {
    $name = 'files' + $Path
    if ($Path -match '(^|[\\/])\.\.([\\/]|$)' -or (Test-Have $name)) { return }
    $answer = Invoke-Server (Get-Address $Script:FileRoute @{ path = (Get-Quoted $Path) }) '*/*'
    if ($answer.status -ne 200) {
        # Old servers, and places outside of this site.
        $answer = Invoke-Server ($SiteUri.GetLeftPart([System.UriPartial]::Authority) + ((($Path -split '/') | ForEach-Object { [System.Uri]::EscapeDataString($_) }) -join '/')) '*/*'
    }
    if ($answer.status -eq 200 -and $answer.type -like 'text/html*' -and $Path -notmatch '\.html?$') {
        # A page instead of the file: if it is one to sign in, this ends the run.
        [void](Get-JsonText (Get-Address 'listById' @{ list = $ListId }))
        $answer.status = '200, but a page instead of the file'
    }
    if ($answer.status -ne 200) {
        $Script:Missing.Add(@{ item = $Item; path = $Path; why = "status $($answer.status)" })
        return
    }
    try { Save-Bytes $name $answer.body }
    catch { $Script:Missing.Add(@{ item = $Item; path = $Path; why = $_.Exception.Message }) }
}

# Versions by SOAP: a column a request.
function Save-SoapVersions([int] $Id, [string[]] $Columns) {
    foreach ($column in $Columns) {
        $name = "versions/$Id/$column.xml"
        if (Test-Have $name) { continue }
        $posted = $SoapBody.Replace('{list}', $ListId).Replace('{id}', [string]$Id).Replace('{column}', $column)
        $answer = Invoke-Server (Get-Address 'soap') 'text/xml' $posted
        $text = $Utf8.GetString($answer.body)
        # A column that has no versions is refused; the others go on.
        if ($answer.status -eq 500) { $text = '<Versions xmlns="http://schemas.microsoft.com/sharepoint/soap/" />' }
        elseif ($answer.status -ne 200) { throw "lists.asmx: status $($answer.status) for item $Id, column $column" }
        elseif ($text -notmatch '<Versions') { throw "lists.asmx: not the answer that was asked for (item $Id, column $column): $($text.Substring(0, [Math]::Min(200, $text.Length)))" }
        Save-Text $name $text
    }
}

# 1. The list, and what its columns are.
[void][System.IO.Directory]::CreateDirectory((Get-LongPath $Out))
$guid = [Guid]::Empty
if ([Guid]::TryParse($List, [ref]$guid)) { $address = Get-Address 'listById' @{ list = $guid.ToString() } }
else { $address = Get-Address 'listByTitle' @{ title = (Get-Quoted $List) } }
$text = Get-JsonText $address
if ($null -eq $text) { throw "There is no list `"$List`" at $Site." }
$about = ConvertFrom-Text $text
if ($null -ne (Get-Part $about 'd')) { $about = Get-Part $about 'd' }
$ListId = [string](Get-Part $about 'Id')
Assert-Same @{ site = $Site; list = $ListId; pageSize = $PageSize; started = [DateTime]::UtcNow.ToString('s') + 'Z' }
Save-Text 'list.json' $text

if (-not (Test-Have 'fields.json')) { Save-Text 'fields.json' (Get-JsonText (Get-Address 'fields' @{ list = $ListId })) }
$fields = Get-Rows (ConvertFrom-Text (Read-Have 'fields.json'))
$columns = @('_ModerationStatus')
$withImage = $false
foreach ($field in $fields) {
    if ((Get-Part $field 'TypeAsString') -eq 'Image') { $withImage = $true }
    if (-not (Get-Part $field 'Hidden') -and -not (Get-Part $field 'ReadOnlyField') -and @('Attachments', 'Computed') -notcontains (Get-Part $field 'TypeAsString')) {
        $columns += [string](Get-Part $field 'InternalName')
    }
}

# 2. People, terms, and the lists that it looks up in.
Save-Whole 'users.json' (Get-Address 'users') 'The accounts of the site'
Save-Whole 'terms.json' (Get-Address 'terms') 'The terms of managed metadata'
foreach ($field in $fields) {
    $other = ([string](Get-Part $field 'LookupList')).Trim('{', '}')
    if (@('Lookup', 'LookupMulti') -contains (Get-Part $field 'TypeAsString') -and -not (Get-Part $field 'Hidden') -and [Guid]::TryParse($other, [ref]$guid) -and $other -ne $ListId) {
        Save-Whole "lookups/$other.json" (Get-Address 'lookup' @{ list = $other }) "The list of `"$(Get-Part $field 'Title')`""
    }
}

# 3. Items, a page a file.
$route = 'items'
if ([int](Get-Part $about 'BaseType') -eq 1) { $route = 'pages' }
$next = Get-Address $route @{ list = $ListId; top = $PageSize }
$pages = 0
while ($null -ne $next) {
    $pages++
    $name = 'items-{0:00000}.json' -f $pages
    if (-not (Test-Have $name)) {
        $text = Get-JsonText $next
        if ($null -eq $text) { throw "$next : it is not there." }
        Save-Text $name $text
    }
    $next = Get-Next (ConvertFrom-Text (Read-Have $name))
    Write-Progress -Activity 'Items' -Status "$($pages * $PageSize) of $(Get-Part $about 'ItemCount')"
}

# 4. What belongs to each item: versions, values as HTML, files.
if (-not $NoFiles) {
    # Whether this server knows names with "#" and "%".
    $folder = [string](Get-Part (Get-Part $about 'RootFolder') 'ServerRelativeUrl')
    if ($null -eq (Get-JsonText (Get-Address 'folder' @{ path = (Get-Quoted $folder) }))) { $Script:FileRoute = 'fileByUrl' }
}
$seen = New-Object 'System.Collections.Generic.HashSet[int]'
$withVersions = 0
$done = 0
for ($page = 1; $page -le $pages; $page++) {
    foreach ($row in (Get-Rows (ConvertFrom-Text (Read-Have ('items-{0:00000}.json' -f $page))))) {
        $id = [int](Get-Part $row 'Id')
        [void]$seen.Add($id)
        $done++
        Write-Progress -Activity 'Versions and files' -Status "$done of $(Get-Part $about 'ItemCount')" -PercentComplete ([Math]::Min(100, 100 * $done / [Math]::Max(1, [int](Get-Part $about 'ItemCount'))))
        $texts = New-Object 'System.Collections.Generic.List[string]'
        foreach ($one in @(Get-Texts $row)) { $texts.Add($one) }

        if (@('auto', 'rest') -contains $Versions) {
            $name = "versions/$id.json"
            if (-not (Test-Have $name)) {
                $text = Get-JsonText (Get-Address 'versions' @{ list = $ListId; id = $id })
                if ($null -ne $text) { Save-Text $name $text }
                elseif ($Versions -eq 'auto') {
                    Write-Warning 'This server does not give versions by REST: they are asked for by SOAP, which takes long.'
                    $Versions = 'soap'
                }
                else { Write-Warning "Item $id has no versions." }
            }
            if (Test-Have $name) {
                $withVersions++
                foreach ($version in (Get-Rows (ConvertFrom-Text (Read-Have $name)))) { foreach ($one in @(Get-Texts $version)) { $texts.Add($one) } }
            }
        }
        if ($Versions -eq 'soap') {
            # What was saved once only has no past.
            if (@('0.1', '1.0') -notcontains (Get-Part $row 'OData__UIVersionString')) {
                Save-SoapVersions $id $columns
                foreach ($column in $columns) {
                    # Attributes in XML are escaped; one round off is HTML again.
                    foreach ($found in [regex]::Matches((Read-Have "versions/$id/$column.xml"), '="([^"]*)"')) { $texts.Add([System.Net.WebUtility]::HtmlDecode($found.Groups[1].Value)) }
                }
            }
            $withVersions++
        }
        if ($withImage) {
            $name = "html/$id.json"
            if (-not (Test-Have $name)) {
                $text = Get-JsonText (Get-Address 'html' @{ list = $ListId; id = $id })
                if ($null -ne $text) { Save-Text $name $text }
            }
            if (Test-Have $name) { foreach ($one in @(Get-Texts (ConvertFrom-Text (Read-Have $name)))) { $texts.Add($one) } }
        }
        if (-not $NoFiles) {
            $paths = New-Object 'System.Collections.Generic.SortedSet[string]' ([System.StringComparer]::Ordinal)
            $attachments = Get-Part $row 'AttachmentFiles'
            $inner = Get-Part $attachments 'results'
            if ($null -ne $inner) { $attachments = $inner }
            foreach ($attachment in @($attachments)) {
                $path = Get-Part (Get-Part $attachment 'ServerRelativePath') 'DecodedUrl'
                if (-not $path) { $path = Get-Part $attachment 'ServerRelativeUrl' }
                # Attachments are fetched whatever their ending.
                if ($path) { [void]$paths.Add([string]$path) }
            }
            foreach ($one in $texts) { foreach ($path in @(Get-FilesOf $one)) { if ($path) { [void]$paths.Add($path) } } }
            foreach ($path in $paths) { Save-File $path ([string]$id) }
        }
    }
}

# 5. The proof.
$lines = New-Object System.Text.StringBuilder
[void]$lines.Append("item,path,why`r`n")
foreach ($one in $Script:Missing) { [void]$lines.Append(('{0},"{1}","{2}"' -f $one.item, $one.path.Replace('"', '""'), ([string]$one.why).Replace('"', '""')) + "`r`n") }
Save-Bytes 'missing.csv' ([byte[]](0xEF, 0xBB, 0xBF) + $Utf8.GetBytes($lines.ToString()))
$expected = [int](Get-Part $about 'ItemCount')
$summary = [ordered]@{
    items = $seen.Count; itemsByTheList = $expected; pages = $pages; itemsWithVersions = $withVersions; versionsBy = $Versions
    filesMissing = $Script:Missing.Count; requests = $Script:Requests
}
foreach ($key in $summary.Keys) { Write-Host ('{0,-18} {1}' -f $key, $summary[$key]) }
$whole = $seen.Count -eq $expected -and ($Versions -eq 'none' -or $withVersions -eq $seen.Count)
if (-not $whole) {
    Write-Warning 'The numbers differ. Items that were added or removed meanwhile do that, and so do items that this account may not read.'
}
$state = @{ site = $Site; list = $ListId; pageSize = $PageSize; finished = [DateTime]::UtcNow.ToString('s') + 'Z' }
foreach ($key in $summary.Keys) { $state[$key] = $summary[$key] }
Save-Text 'export-state.json' (ConvertTo-Json $state)
if (-not $whole) { exit 1 }
