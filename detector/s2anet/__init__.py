"""S2ANet through mmrotate: the detector family of the RealScores paper, in a process and an environment of its own.

Source: J. Han, J. Ding, J. Li, G.-S. Xia: Align Deep Features for Oriented Object Detection, TGRS 2021. The folder
`worker/` runs inside mmrotate's environment and imports nothing of this project; everything else here never imports
mmrotate.
"""
