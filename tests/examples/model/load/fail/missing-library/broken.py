import a_library_that_nobody_has

model = a_library_that_nobody_has.model
