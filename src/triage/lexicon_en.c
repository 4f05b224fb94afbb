/* SPDX-License-Identifier: Apache-2.0 */
/* English words that say something about a message, folded, by their first letter; what the letters behind "=" mean
 * is in lexicon.c. The words explain a score and are features of it; by themselves they decide nothing. */
#include "triage/lexicon.h"

/* clang-format off */
const char *const lexicon_en[LEXICON_LETTERS] = {
    " able=r abysmal=a account=m accounts=m address=m agent=m airline=o album=m am=e amazing=v and=- "
     "android=m angry=a annoyed=a annoying=a app=mo appalled=a appalling=a appointment=m appreciate=t "
     "appreciated=t april=n are=- arrive=m arrived=m arse=s arsehole=i arseholes=i arsewipe=i asap=u "
     "asshole=i assholes=i at=- atrocious=a attorney=l august=n availability=m available=m awesome=v "
     "awful=a ",
    " bag=m baggage=m bags=m balance=m bastard=i bastards=i battery=m bbb=l be=- bellend=i best=v "
     "bill=m billed=m billing=m bills=m bimbo=i bitch=i bitches=i bloody=s bollocks=s booked=m "
     "booking=m brainless=w brilliant=v broadband=m broken=p browser=m bug=p bugs=p bullshit=s bunch=y "
     "but=- ",
    " call=m called=md calling=d calls=d can=qr cancel=m canceled=p cancellation=m cancelled=p "
     "cannot=p cant=p card=m charge=m charged=m charges=m cheers=t chink=i claim=m clown=w clowns=w "
     "cocksucker=i code=m company=o complaint=m computer=m congrats=t connect=m connected=m "
     "connection=mo contract=m cost=m could=qr courier=m court=l coverage=m coward=w cowards=w crap=s "
     "crappy=s crash=p crashed=p crashes=p crashing=p credit=m creep=w creeps=w cretin=i crooks=a "
     "crybaby=w cunt=i cunts=i customer=m customers=m ",
    " damaged=p dammit=s damn=s damned=s day=o deadline=u december=n defective=p delay=p delayed=p "
     "delays=p delivered=m deliveries=m delivery=m desktop=m device=m dick=i dickhead=i dickheads=i "
     "dicks=i didnt=p dipshit=i disappointed=a disappointing=a disconnected=p discount=m disgrace=a "
     "disgraceful=a disgusted=a disgusting=wa do=- document=m documents=m does=- doesnt=p douche=i "
     "douchebag=i download=m dumb=w dumbass=i dumbasses=i dyke=i ",
    " effing=s email=m emails=m embarrassing=a emergency=u error=mp errors=p excellent=v exchange=m "
     "expired=p ",
    " fag=i faggot=i faggots=i fags=i fail=p failed=p failing=p fails=p failure=p fantastic=v faulty=p "
     "fcc=l fck=s feature=m february=n ffs=s fixed=v fking=s fkn=s flight=mo flights=m fool=w fools=w "
     "for=- form=m fraud=a freaking=s freezing=p frickin=s friday=j frozen=p frustrated=a "
     "frustrating=a ftc=l fuck=s fucked=s fucker=i fuckers=i fuckface=i fuckin=s fucking=s fuckup=s "
     "fuckwit=i fuming=a furious=a ",
    " game=o garbage=w gate=m gdpr=l get=- glitch=p goddamn=s goddamned=s got=- grateful=t great=v "
     "gtfo=i ",
    " hacked=p had=- halfwit=i happy=v has=- have=- hell=s hello=- help=r helpful=v hey=- hi=- "
     "horrendous=a horrible=a how=qr ",
    " i=e idiot=i idiots=i ignorant=w im=e imbecile=i imbeciles=i imbecilic=i immediately=u "
     "incompetent=wa info=m information=m infuriating=a install=m installed=m insulted=d internet=mo "
     "invoice=m ios=m iphone=m is=- isnt=p issue=mp issues=p it=- item=m items=m ive=e ",
    " jackass=i january=n jerk=w jerks=w july=n june=n just=- ",
    " kike=i knobhead=i kudos=t kys=i ",
    " laptop=m lawsuit=l lawyer=l lawyers=l lazy=w legal=l legally=l liar=w liars=w litigation=l "
     "livid=a locked=p log=m logged=m login=m loser=w losers=w lost=p love=v loved=v lovely=v "
     "luggage=m ",
    " march=n me=e missing=p mode=m modem=mo monday=j moron=i morons=i motherfucker=i motherfuckers=i "
     "my=e myself=e ",
    " named=d need=r network=m nigga=i nigger=i niggers=i nightmare=a not=- november=n number=m "
     "numpty=i ",
    " october=n of=- offer=m offline=m ombudsman=l omfg=s on=- order=m ordered=m orders=m our=e "
     "outage=p outrageous=a overcharged=p ",
    " package=m packages=m paid=m paki=i parasite=w parasites=w parcel=m password=m pathetic=wa "
     "payment=m payments=m perfect=v phone=mo pig=w pigs=w piss=s pissed=s plan=m playback=m "
     "playlist=m please=r police=l policy=m possible=r premium=m price=m prices=m prick=i pricks=i "
     "problem=p problems=p product=mo profile=m promo=m props=t ",
    " queue=o ",
    " rebook=m receive=m received=m refund=m refunded=m refunds=m renew=m renewal=m rep=m "
     "replacement=m representative=m require=r reservation=m resolved=v retard=i retarded=i retards=i "
     "return=m returns=m ridiculous=a ripoff=a robbed=a router=mo rubbish=a rude=w ",
    " said=d saturday=j says=d scam=a scammer=a scammers=a screamed=d screen=m scum=i scumbag=i "
     "scumbags=i seat=m september=n service=mo shambles=a shame=a shameful=a shipment=m shipped=m "
     "shipping=m shit=s shite=s shithead=i shitheads=i shitshow=s shitty=s shop=m shouted=d sign=m "
     "signal=m sim=m simp=w site=mo size=m skank=i skipped=p slut=i sluts=i so=- solicitor=l "
     "solicitors=l solved=v song=mo songs=m sorted=v sos=u spic=i stfu=i still=- stock=m stopped=p "
     "stops=p store=m stranded=u stream=m streaming=m stuck=p stupid=w subhuman=i subscribed=m "
     "subscription=m suck=wa sucks=wa sue=l suing=l sunday=j superb=v support=m sync=m ",
    " tells=d terrible=a thank=t thanks=t thankyou=t that=- the=- there=- they=- thief=a thieves=a "
     "thing=o this=- thou=y thursday=j thx=t ticket=m tickets=m to=- today=j told=d tomorrow=j "
     "tonight=j tosser=i tossers=i tracking=m traffic=o train=m trannies=i tranny=i transfer=m trash=w "
     "tuesday=j tv=m twat=i twats=i ty=t tysm=t ",
    " u=y ugly=w unable=p unacceptable=a unbelievable=a unsubscribe=m update=mo updated=m upgrade=m "
     "ur=y urgent=u urgently=u us=e useless=wa username=m ",
    " verification=m verify=m vermin=i ",
    " wait=p waited=p waiting=p wanker=i wankers=i want=r wanted=r warranty=m was=- we=e weather=o "
     "website=mo wednesday=j were=- what=q when=q where=q which=q who=q whore=i whores=i why=q wifi=mo "
     "will=- wish=r with=- wonderful=v wondering=r wont=p working=v works=v worst=a worthless=w "
     "would=r write=d writing=d written=d wrong=p wrote=d wtf=s ",
    " ",
    " ya=y yall=y yelled=d yesterday=j you=y your=y youre=y yourself=y ",
    " ",
};
/* clang-format on */
