import time
from hamlet.conversation.understanding import understanding
a=time.perf_counter(); u=understanding(); b=time.perf_counter()
print("load", b-a)
for _ in range(3):
    a=time.perf_counter(); u.understand("I lost my job in spring"); print("understand", time.perf_counter()-a)
