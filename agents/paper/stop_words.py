"""Words that make no keyword: English function words, and what every paper says."""

from __future__ import annotations

_STOP = """
a ability about above according achieve achieved achieves across adapt adapts addition additional additionally
address addresses addressing adjust adjusting adjusts adopt adopts advantage advantages after again against aim aims
al all allow allowing allows along also although among an and another any applied apply applying approach approaches
approximately are as at attain attend author authors available balance balancing based be because become been before
behind being below best better between both but by called can cannot capture captures capturing case cases certain
challenge challenges challenging clearly combine combining common commonly compare compared comparing comparison
comprehensive compute computed conclusion conduct conducted connect connects consider considered considering consist
consisting consists contain contains contrast contribution contributions corresponding could create creates creating
crucial current demonstrate demonstrated demonstrates demonstrating denote denotes describe described describes
despite detail detailed details develop developed did different direction directions do does done due during
dynamically each easily effect effective effectively effectiveness effects eight either emphasizes emphasizing
employ employed employing enabling enhance enhanced enhances enhancing ensuring eq especially et etc evaluate
evaluated evaluating even every example existing experiment experiments explore explored exploring extensive fact
fast faster few figure final finally find first five fixed focus follow followed following follows for found four
from full further furthermore general generally generate generated generates generating get give given gives goal
good had has have having he hence here high higher highest his how however i if ii iii illustrates impact important
improve improved improvement improvements improves improving in include includes including incorporate incorporating
increase increased increases indeed indicate indicates initial insight insights instance instead into introduce
introduced introduces introducing is it its itself just key known large larger lead leads led less let leveraging
like likely line lines low lower made main maintain maintaining make makes making manner many may means method
methods might modify modifying more moreover most much multiple must nearly need needs never new next no non nor not
notably note novel now number obtain obtained of off offering often on once one only onto opens optimal optimize
optimized optimizing or order original other others otherwise our out outperform outperforms over overall own paper
paradigm part particular particularly pave paves per perform performed performing performs please point possible
potential present presented presents previous previously probably produce produced promising propose proposed
proposes provide provided provides providing quite rather recent recently reduce reduced reduces reducing reduction
related relative relatively relying remain remains report reported represent represents require required requires
researchers respectively result resulting results same second section see seen select selected selecting set setup
several shall she should show showed showing shown shows significant significantly similar similarly simple simply
since single six small smaller so some specific standard state step steps still strong studies study such suggest
suggests summarize summarized summary superior superiority table take taken takes technique techniques ten term
terms than that the their them themselves then there therefore these they third this those though three through
throughout thus time times to together too total toward towards transform two type types typically under understand
unlike until up upon us use used useful uses using usually value values various verify very via was way ways we well
were what when where whereas whether which while who whose why wide widely will with within without work works would
yet you your
"""
_VAGUE = """
action actions agent algorithm algorithms analysis application applications architecture architectures area average
baseline baselines batch bottom capabilities capability complexity component components configuration cost data
dataset datasets difference dimension dimensions domain environment epoch epochs error errors evaluation example
factor feature features field function functions gain group head heads history information input inputs iteration
iterations language layer layers learning left level loss mean mechanism mechanisms metric metrics model models
module network networks objective observations output outputs parameter parameters performance position positions
prediction predictions pressure probability problem problems process property quality range rate recent
representation representations research right sample samples schedule schedules score scores selection sequence
sequences setting settings size space speed state states strategies strategy style styles system systems task tasks
test text token tokens top training version weight weights width window word words
"""

STOP = frozenset(_STOP.split())
"""Words that end a phrase."""
VAGUE = frozenset(_VAGUE.split())
"""Words that make a phrase only together with others."""
