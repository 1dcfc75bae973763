"""A stand-in for libkms, which picamera2 loads for its previews on a screen; the box has none."""

from enum import Enum

PixelFormat = Enum("PixelFormat", "RGB888 BGR888 XRGB8888 XBGR8888 YUV420 YVU420 NV12 MJPEG")
