"""What can be taken hold of in the plots: a curve's width, the depth of the nets."""
