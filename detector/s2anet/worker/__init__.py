"""What runs inside mmrotate's environment: it imports torch, numpy, OpenCV and the mm family, and nothing of ours."""
