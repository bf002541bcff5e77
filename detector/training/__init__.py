"""From stored pages to a model file: crops, wear, the network, its training, thresholds and export."""
