"""Pure: how good an answer is, how two models compare, the gate."""
