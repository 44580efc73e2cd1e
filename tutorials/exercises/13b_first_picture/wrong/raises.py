import math


def first_bias(photos):
    mean = photos.mean(axis=0) / 255
    return math.log(mean / (1 - mean))
