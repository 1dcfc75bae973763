"""Lets picamera2 take libcamera's virtual camera for a Pi's.

The virtual camera gives NV12 alone, where a Pi's gives YUV420 as well (the luma, which mien reads, is the same); it
refuses raw streams; it wants each plane of a frame's buffer named, where a Pi's is content with one; it fills frames as
fast as they are handed to it; and in libcamera 0.4 it forgets to say that a frame is good: its status is whatever the
memory held before, by which picamera2 throws frames away.
The image's builder adds a line to picamera2 that loads this; mien's own code is as it is on a Pi.
"""

import mmap
import time
from typing import Any

import libcamera
from picamera2 import Picamera2
from picamera2.allocators import DmaAllocator

_create_preview_configuration = Picamera2.create_preview_configuration
_init = Picamera2.__init__
_process_requests = Picamera2.process_requests

_FRAME_SECONDS = 1 / 15


class TwoPlanes(DmaAllocator):  # type: ignore[misc]
    """Buffers of NV12: luma, then both colours, in one piece of memory."""

    def allocate(self, libcamera_config: Any, _: Any) -> None:
        """Allocate, as the parent does, the buffers of every stream."""
        self.libcamera_fds = []
        self.cleanup()
        self.frame_buffers = {}
        for stream in libcamera_config:
            buffers = [self._buffer(stream) for _ in range(stream.buffer_count)]
            self.frame_buffers[stream.stream] = buffers

    def _buffer(self, stream: Any) -> Any:
        memory, luma = self.dmaHeap.alloc("picamera2", stream.frame_size), stream.stride * stream.size.height
        self.open_fds.append(memory.get())
        planes = [_plane(memory.get(), 0, luma), _plane(memory.get(), luma, stream.frame_size - luma)]
        buffer = libcamera.FrameBuffer(planes)
        descriptor = buffer.planes[0].fd  # libcamera's own copy of it
        self.libcamera_fds.append(descriptor)
        self.mapped_buffers_used[descriptor] = False
        self.mapped_buffers[buffer] = mmap.mmap(descriptor, stream.frame_size)
        return buffer


def _plane(descriptor: int, offset: int, length: int) -> Any:
    plane = libcamera.FrameBuffer.Plane()
    plane.fd, plane.offset, plane.length = descriptor, offset, length
    return plane


def _with_two_planes(self: Any, *arguments: Any, **options: Any) -> None:
    _init(self, *arguments, **options)
    self.allocator = TwoPlanes()


def _modes_without_raw(self: Any) -> list[dict[str, Any]]:
    formats = self.camera.generate_configuration([libcamera.StreamRole.VideoRecording]).at(0).formats
    return [
        {"format": str(pixel), "size": (size.width, size.height)}
        for pixel in formats.pixel_formats
        for size in formats.sizes(pixel)
    ]


def _preview_in_nv12(self: Any, main: Any = {}, lores: Any = None, **options: Any) -> Any:  # noqa: B006 - its own
    nv12 = {"format": "NV12"}
    return _create_preview_configuration(self, main | nv12, lores and lores | nv12, **options)


def _at_a_cameras_pace(self: Any, *arguments: Any) -> None:
    time.sleep(_FRAME_SECONDS)
    _process_requests(self, *arguments)


libcamera.FrameMetadata.status = property(lambda _: libcamera.FrameMetadata.Status.Success)
Picamera2.process_requests = _at_a_cameras_pace
Picamera2.__init__ = _with_two_planes
Picamera2._get_raw_modes = _modes_without_raw
Picamera2.create_preview_configuration = _preview_in_nv12
