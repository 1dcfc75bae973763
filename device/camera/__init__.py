"""Frames: open → settled frames → close. One driver a file; nothing is opened on import.

camera says what a frame is and what a camera does; exposure tells when its pictures count. Drivers: picamera2 (the Pi's
own), v4l2 (USB), recorded (a clip or a folder of pictures), simulated (made up, with levers); turned turns
what a driver gives. camera_modules and webcams say which cameras of the first two are there.
"""
