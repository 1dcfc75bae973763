"""Files that are no songs and would have a player fetch something from ``url``: by name, without its extension."""

import base64
import struct


def id3(content: bytes, *, padding: int = 50) -> bytes:
    """Put an ID3v2 tag before a file."""
    return b"ID3\x04\0\0\0\0\0" + bytes([padding]) + bytes(padding) + content


def playlists(url: str) -> dict[str, bytes]:
    """All of them."""
    flash = _flash_manifest(url)
    plain = {
        "hls": f"#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n{url}/a.ts\n#EXT-X-ENDLIST\n".encode(),
        "dash": _dash_manifest(url),
        "smooth": _smooth_manifest(url),
        "flash": flash,
        "m3u": f"#EXTM3U\n#EXTINF:9,a song\n{url}/song.mp3\n".encode(),
        "plain-m3u": f"{url}/song.mp3\n".encode(),
        "pls": f"[playlist]\nFile1={url}/song.mp3\nNumberOfEntries=1\nVersion=2\n".encode(),
        "xspf": (
            '<?xml version="1.0"?><playlist version="1" xmlns="http://xspf.org/ns/0/"><trackList><track>'
            f"<location>{url}/song.mp3</location></track></trackList></playlist>"
        ).encode(),
        "asx": f'<asx version="3.0"><entry><ref href="{url}/song.mp3"/></entry></asx>'.encode(),
        "smil": f'<smil><body><audio src="{url}/song.mp3"/></body></smil>'.encode(),
        "wpl": f'<?wpl version="1.0"?><smil><body><seq><media src="{url}/a.mp3"/></seq></body></smil>'.encode(),
        "quicktime-link": (
            f'<?xml version="1.0"?><?quicktime type="application/x-quicktime-media-link"?><embed src="{url}/q.mov"/>'
        ).encode(),
        "asf-reference": f"[Reference]\nRef1={url}/a.asf\n".encode(),
        "nsc": f"[Address]\nName=x\nUnicast URL={url}/n\n".encode(),
        "sdp": b"v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=audio 5004 RTP/AVP 14\n",
        "concat": f"ffconcat version 1.0\nfile {url}/c.mp3\n".encode(),
        "rtsptext": f"rtsptext {url}/a\n".encode(),
    }
    wrapped = {f"{name}-behind-a-tag": id3(content) for name, content in plain.items()}
    text = flash.decode()
    return (
        plain
        | wrapped
        | {
            "flash-behind-two-tags": id3(id3(flash, padding=3)),
            "flash-behind-blanks": b" \r\n\t" + flash[flash.index(b"<manifest") :],
            "flash-utf-16": b"\xff\xfe" + text.encode("utf-16-le"),
            "flash-utf-16-big": b"\xfe\xff" + text.encode("utf-16-be"),
            "flash-utf-8-mark": b"\xef\xbb\xbf" + flash,
            "hls-utf-8-mark": b"\xef\xbb\xbf" + plain["hls"],
        }
    )


def disguised(url: str) -> dict[str, bytes]:
    """Manifests behind what makes a file music: of these none is known for a playlist, and none may be followed."""
    manifests = {
        name: content for name, content in playlists(url).items() if name in {"hls", "dash", "smooth", "flash"}
    }
    heads = {
        "mpeg": b"\xff\xfb\x90\x64",
        "aac": b"\xff\xf1\x50\x80",
        "flac": b"fLaC",
        "ogg": b"OggS",
        "wav": b"RIFF\0\0\0\0WAVE",
        "aiff": b"FORM\0\0\0\0AIFF",
        "mp4": b"\0\0\0\x14ftypM4A \0\0\0\0M4A ",
        "zeros": bytes(40),
    }
    found = {f"{kind}-{name}": head + manifest for kind, head in heads.items() for name, manifest in manifests.items()}
    flash = manifests["flash"]
    # libvlc takes the sizes of these tags at their word, though no standard would.
    crooked = b"ID3\x04\0\0\0\0\xff\x00" + bytes(0x7F80 - 4) + b"\xff\xfb\x90\x64" + flash
    ape = b"APETAGEX" + struct.pack("<IIII", 2000, 64, 1 << 29, 0) + bytes(8) + b"\xff\xfb\x90\x64" + bytes(28) + flash
    return found | {"crooked-tag-flash": crooked, "ape-tag-flash": ape, "reference-movie": _reference_movie(url)}


def _dash_manifest(url: str) -> bytes:
    return (
        '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" '
        'mediaPresentationDuration="PT9S" profiles="urn:mpeg:dash:profile:isoff-on-demand:2011"><Period>'
        '<AdaptationSet mimeType="audio/mp4"><Representation id="1" bandwidth="1">'
        f'<BaseURL>{url}/x.mp4</BaseURL><SegmentBase indexRange="0-100"/></Representation>'
        "</AdaptationSet></Period></MPD>"
    ).encode()


def _smooth_manifest(url: str) -> bytes:
    return (
        '<?xml version="1.0"?><SmoothStreamingMedia MajorVersion="2" MinorVersion="0" Duration="90000000">'
        f'<StreamIndex Type="audio" Url="{url}/q({{bitrate}})/f({{start time}})" Chunks="2"><QualityLevel Index="0" '
        'Bitrate="64000" FourCC="AACL" SamplingRate="44100" Channels="2" BitsPerSample="16" PacketSize="4" '
        'AudioTag="255" CodecPrivateData="1210"/><c d="20000000"/><c d="20000000"/></StreamIndex>'
        "</SmoothStreamingMedia>"
    ).encode()


def _flash_manifest(url: str) -> bytes:
    """HTTP Dynamic Streaming, with its table of segments and fragments (Adobe's F4V specification)."""
    segments = _box(b"asrt", bytes(5) + struct.pack(">III", 1, 1, 5))
    fragments = _box(b"afrt", bytes(4) + struct.pack(">I", 1000) + b"\0" + struct.pack(">IIQI", 1, 1, 0, 2000))
    head = bytes(4) + struct.pack(">IBIQQ", 1, 0, 1000, 10_000, 0) + b"m\0" + bytes(4)
    table = base64.b64encode(_box(b"abst", head + b"\x01" + segments + b"\x01" + fragments)).decode()
    manifest = (
        '<?xml version="1.0" encoding="UTF-8"?>\n<manifest xmlns="http://ns.adobe.com/f4m/1.0"><id>a</id>'
        f'<duration>10</duration><bootstrapInfo profile="named" id="b">{table}</bootstrapInfo>'
        f'<media streamId="a" url="{url}/frag" bootstrapInfoId="b" bitrate="100"/></manifest>'
    )
    return manifest.replace('encoding="UTF-8"', "").encode() + b" " * 300


def _reference_movie(url: str) -> bytes:
    reference = bytes(4) + b"url " + struct.pack(">I", len(url) + 7) + url.encode() + b"/x.mp4\0"
    inner = _box(b"rmra", _box(b"rmda", _box(b"rdrf", reference)))
    return _box(b"ftyp", b"qt  \0\0\0\0qt  ") + _box(b"moov", inner)


def _box(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I4s", 8 + len(content), kind) + content
