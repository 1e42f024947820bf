"""Any model behind one face: features out of a table, labels that stay here, answers as class numbers."""
