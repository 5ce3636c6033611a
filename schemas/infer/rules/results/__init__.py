"""What a step is for: the image, audio, video, model, text or file that its reply holds or leads to."""
