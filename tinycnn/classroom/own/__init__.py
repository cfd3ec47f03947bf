"""A teacher's own exercises: from one file of hers, to questions with right answers.

teacher_file.py reads her file, students_part.py cuts out what students get, layer_questions.py and
function_questions.py ask with random inputs, asked.py knows the right answers, public_questions.py
is the part of them that goes into a handout.
"""
