"""The Deep Watershed Detector: a fully convolutional detector for tiny, dense objects.

Source: L. Tuggener, I. Elezi, J. Schmidhuber, T. Stadelmann: Deep Watershed Detector for Music Object Recognition,
ISMIR 2018, and chapter 4 of Tuggener's thesis.
"""
