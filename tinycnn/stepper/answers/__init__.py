"""An answer of the stepper, from its terms to text, HTML and shades."""
